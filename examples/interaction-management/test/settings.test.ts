import { describe, expect, test } from 'vitest';
import { SettingsReader } from '../service/settings.ts';

describe('settings', () => {
  test('are refused all at once', () => {
    const settings = new SettingsReader({ PORT: 'http', LOG_LEVEL: 'LOUD', DATABASE_POOL_SIZE: '0' });
    settings.logLevel();
    settings.listen(8080);
    settings.database(5);
    expect(() => settings.finish()).toThrow(
      "LOG_LEVEL must be one of debug, info, warn, error, found 'loud'; " +
        "PORT must be a whole number from 0 to 65535, found 'http'; " +
        'DATABASE_URL (or DB_HOST, DB_NAME, DB_USER and DB_PASSWORD) must be set; ' +
        "DATABASE_POOL_SIZE must be a whole number from 1 to 100, found '0'",
    );
  });

  test('take the level in capitals, as the environments write it', () => {
    expect(new SettingsReader({ LOG_LEVEL: 'ERROR' }).logLevel()).toBe('error');
  });

  test('make an address of the five parts of a database, whatever the password contains', () => {
    const settings = new SettingsReader({
      DB_HOST: 'db.internal',
      DB_NAME: 'interaction_management',
      DB_USER: 'admin',
      DB_PASSWORD: 'p@ss/w:rd',
    });
    expect(settings.database(5).connectionString).toBe(
      'postgresql://admin:p%40ss%2Fw%3Ard@db.internal:5432/interaction_management',
    );
  });

  test('prefer DATABASE_URL', () => {
    const url = 'postgresql://elsewhere/app';
    expect(new SettingsReader({ DATABASE_URL: url, DB_HOST: 'db' }).database(5).connectionString).toBe(url);
  });
});
