import * as z from 'zod';

// A value is checked once in a process: compiling its parsers costs more than it saves. Read when a schema is made.
z.config({ jitless: true });

export { z };
