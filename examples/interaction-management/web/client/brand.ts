export const brand = {
  name: 'Interactions',
  tagline: 'Every call, meeting and message in one place',
} as const;
