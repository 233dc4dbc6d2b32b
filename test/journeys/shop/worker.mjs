console.log('worker up');
const timer = setInterval(() => {}, 1000);
process.on('SIGTERM', () => {
  clearInterval(timer);
  console.log('worker drained');
});
