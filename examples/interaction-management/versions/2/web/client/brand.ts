export const brand = { name: 'Interactions', tagline: 'What matters most, first' } as const;
