import { describe, expect, test } from 'vitest';
import { validateDraft } from '../interaction/validation.ts';

const valid = {
  title: '  Renewal terms ',
  type: 'call',
  contact: 'Ruth Okafor',
  organisation: 'Northwind Clinics',
  notes: '',
  occurredAt: '2026-11-20T11:00:00+01:00',
  status: 'open',
};

describe('an interaction', () => {
  test('is trimmed, and its time is kept in UTC', () => {
    expect(validateDraft(valid)).toEqual({
      ok: true,
      value: { ...valid, title: 'Renewal terms', occurredAt: '2026-11-20T10:00:00.000Z' },
    });
  });

  test('may leave out organisation and notes', () => {
    const { organisation: _, notes: __, ...needed } = valid;
    expect(validateDraft(needed)).toMatchObject({ ok: true, value: { organisation: '', notes: '' } });
  });

  test('may carry fields that only a later version knows; they are left out', () => {
    const checked = validateDraft({ ...valid, mood: 'good' });
    expect(checked.ok && Object.keys(checked.value)).toEqual(Object.keys(valid));
  });

  test('is told every problem at once', () => {
    const problems = { title: 12, type: 'carrier pigeon', contact: ' ', occurredAt: 'yesterday' };
    expect(validateDraft(problems)).toEqual({
      ok: false,
      problems: {
        title: 'Must be text.',
        type: 'Choose one of call, email, meeting, note.',
        contact: 'Say who it was with.',
        occurredAt: 'Give a date and time.',
        status: 'Choose one of open, waiting, done.',
      },
    });
  });

  test.each([
    [
      'a title that is too long',
      { title: 'x'.repeat(201) },
      { title: 'At most 200 characters, this has 201.' },
    ],
    [
      'a NUL character, which PostgreSQL cannot store',
      { notes: 'a\0b' },
      { notes: 'Must not contain a NUL character.' },
    ],
    [
      'a year out of reach',
      { occurredAt: '+275760-01-01T00:00:00Z' },
      { occurredAt: 'Give a date between 1900 and 2200.' },
    ],
  ])('refuses %s', (_, change, problems) => {
    expect(validateDraft({ ...valid, ...change })).toEqual({ ok: false, problems });
  });

  test.each([[null], ['text'], [42], [[]]])('refuses %j, which is no object, field by field', (input) => {
    expect(validateDraft(input)).toMatchObject({ ok: false, problems: { title: 'Give it a title.' } });
  });
});
