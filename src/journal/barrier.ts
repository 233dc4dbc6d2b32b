/**
 * Where all services wait for each other until it is decided whether to go on. A: all of green up with test traffic, no
 * user on it. S1, S2 …: before each step of a shift that goes in steps. B: all traffic on green, every blue still warm.
 */
export type Barrier = 'A' | Step | 'B';
export type Step = `S${number}`;
