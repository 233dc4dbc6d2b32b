import type { InteractionDraft, InteractionType, Status } from '../interaction/interaction.ts';

/** Known to everybody who reads this, so it exists in the local environment only. */
export const demoUser = { username: 'demo', displayName: 'Demo User', password: 'demo-password' };

const people = {
  ruth: ['Ruth Okafor', 'Northwind Clinics'],
  jonas: ['Jonas Lindqvist', 'Fjord Logistics'],
  mei: ['Mei Tanaka', 'Asahi Components'],
  carlos: ['Carlos Ferreira', 'Porto Marine'],
  amina: ['Amina Yusuf', 'Sahel Solar'],
  greta: ['Greta Baumann', 'Baumann & Söhne'],
  priya: ['Priya Raman', 'Lakeview Schools'],
  tom: ['Tom Whitaker', 'Whitaker Dairy'],
  elena: ['Elena Petrova', 'Balkan Rail'],
  sam: ["Sam O'Neill", 'Harbour Housing'],
  lucia: ['Lucía Navarro', 'Costa Foods'],
  dev: ['Dev Malhotra', 'Indus Analytics'],
} as const satisfies Record<string, readonly [contact: string, organisation: string]>;

type Line = readonly [InteractionType, keyof typeof people, Status, title: string, notes: string];

/** Newest first. */
const lines: readonly Line[] = [
  [
    'call',
    'ruth',
    'open',
    'Renewal terms for the patient portal',
    'Wants a two-year term with a break clause after twelve months.',
  ],
  [
    'email',
    'jonas',
    'waiting',
    'Revised quote for depot scanners',
    'Sent 40 units at the volume price. Procurement answers by Friday.',
  ],
  ['meeting', 'mei', 'done', 'Quarterly business review', 'Defect rate down to 0.4%. Next review in Osaka.'],
  [
    'note',
    'carlos',
    'open',
    'Prefers WhatsApp to e-mail',
    'On board most of the day; calls only before eight.',
  ],
  [
    'call',
    'amina',
    'open',
    'Panel delivery delayed at customs',
    'Needs the certificate of origin again, in French.',
  ],
  [
    'meeting',
    'greta',
    'done',
    'Contract signing in Ulm',
    'Signed by both managing directors. Copies are in the archive.',
  ],
  [
    'email',
    'priya',
    'waiting',
    'Data processing agreement',
    'Their counsel asked for a list of sub-processors.',
  ],
  [
    'call',
    'tom',
    'done',
    'Invoice query from August',
    'The duplicate line was our mistake; credit note issued.',
  ],
  [
    'meeting',
    'elena',
    'open',
    'Pilot on the Sofia line',
    'Six trains, eight weeks. They provide the test track.',
  ],
  [
    'email',
    'sam',
    'open',
    'Accessibility statement for tenants',
    'Asked for a plain-language version and a screen-reader test.',
  ],
  [
    'call',
    'lucia',
    'waiting',
    'Cold chain sensor trial',
    'Two trucks report gaps in the night; firmware logs requested.',
  ],
  [
    'note',
    'dev',
    'done',
    'New head of data from January',
    'Dev moves to the London office; Anita Rao takes over.',
  ],
  [
    'email',
    'ruth',
    'done',
    'Minutes of the steering committee',
    'Sent to all eight members, two corrections received.',
  ],
  [
    'meeting',
    'jonas',
    'open',
    'Workshop on route planning',
    'Half a day, on site in Gothenburg, with three dispatchers.',
  ],
  [
    'call',
    'mei',
    'open',
    'Second source for connectors',
    'Wants to qualify a second supplier before the spring.',
  ],
  ['email', 'carlos', 'done', 'Hull survey photographs', 'Received 112 pictures; forwarded to engineering.'],
  [
    'meeting',
    'amina',
    'waiting',
    'Financing round with the bank',
    'The bank wants three years of yield data.',
  ],
  [
    'call',
    'greta',
    'open',
    'Spare parts for the old press',
    'Out of production since 2019; asked the foundry for a quote.',
  ],
  [
    'note',
    'priya',
    'done',
    'School holidays, no visits',
    'Closed for two weeks; the caretaker has the keys.',
  ],
  ['email', 'tom', 'open', 'Milk meter calibration', 'Due every spring; propose the second week of March.'],
  [
    'call',
    'elena',
    'waiting',
    'Signalling interface questions',
    'Eleven questions, four answered on the phone.',
  ],
  [
    'meeting',
    'sam',
    'done',
    'Tenant panel feedback',
    'Repairs are faster; the app still loses the draft of a report.',
  ],
  ['email', 'lucia', 'done', 'Price list for the coming year', 'Accepted without changes.'],
  [
    'call',
    'dev',
    'open',
    'Dashboard shows yesterday’s figures',
    'Their export runs at six, ours at five. Move ours.',
  ],
  ['meeting', 'ruth', 'waiting', 'Security questionnaire', '214 questions; 180 answered from the library.'],
  ['call', 'jonas', 'done', 'Thank-you after go-live', 'Went live without a hitch. Happy to be a reference.'],
  ['email', 'mei', 'waiting', 'Non-disclosure agreement', 'Mutual, five years. Waiting for the seal.'],
  ['note', 'carlos', 'open', 'Dry dock from the 3rd', 'No access to the vessel for three weeks.'],
  [
    'meeting',
    'amina',
    'done',
    'Site visit in Agadez',
    'Ground is rockier than the survey said; anchors changed.',
  ],
  ['email', 'greta', 'open', 'Training for four apprentices', 'Two days, in German, with certificates.'],
  ['call', 'priya', 'done', 'Password reset for staff', 'Solved together on the phone; new guide sent.'],
  [
    'call',
    'tom',
    'waiting',
    'Grant application for the barn',
    'Needs our energy figures by the end of the month.',
  ],
  ['meeting', 'elena', 'done', 'Kick-off in Plovdiv', 'Team of nine. Weekly call on Tuesdays.'],
  [
    'email',
    'sam',
    'waiting',
    'Quote for 300 smart locks',
    'Compares us with two others; decision by the board.',
  ],
  ['note', 'lucia', 'open', 'Interested in the recycling scheme', 'Raise it at the next review.'],
  ['call', 'dev', 'done', 'API limits explained', 'Batching solved it; no higher limit needed.'],
  ['email', 'ruth', 'open', 'Integration with the lab system', 'HL7 version 2.5; sample messages attached.'],
  ['meeting', 'jonas', 'waiting', 'Winter capacity planning', 'Expect 30% more parcels in December.'],
  ['call', 'mei', 'done', 'Earthquake, all staff safe', 'Deliveries continue from the second plant.'],
  ['email', 'carlos', 'waiting', 'Insurance certificate', 'Expires in March; renewal with the broker.'],
  ['call', 'amina', 'done', 'Inverter fault 0x31', 'Loose connector; fixed by the local team in an hour.'],
  [
    'meeting',
    'greta',
    'open',
    'Succession in the family business',
    'Confidential. Handover planned over two years.',
  ],
  ['email', 'priya', 'done', 'Report cards template', 'Approved by the parents’ council.'],
  ['note', 'tom', 'done', 'Herd grows to 240', 'Licence tier stays the same up to 250.'],
  ['call', 'elena', 'open', 'Strike notice for Thursday', 'Move the acceptance test to the following week.'],
  ['meeting', 'sam', 'open', 'Retrofit of Block C', 'Asbestos survey first; then the network cabinet.'],
  [
    'email',
    'lucia',
    'waiting',
    'Certificate for the organic line',
    'Auditor asked for last year’s temperature logs.',
  ],
  ['call', 'dev', 'waiting', 'Single sign-on with their provider', 'Metadata exchanged; test users missing.'],
  [
    'email',
    'ruth',
    'waiting',
    'Consent forms in four languages',
    'Welsh and Polish are still with the translator.',
  ],
  ['call', 'jonas', 'open', 'Scanner batteries swell', 'Three of forty. Sent a recall box and replacements.'],
  ['meeting', 'mei', 'waiting', 'Roadmap for the next model', 'Under embargo until the trade fair.'],
  ['call', 'carlos', 'done', 'Engine telemetry offline', 'Antenna replaced in Vigo.'],
  ['email', 'amina', 'open', 'Maintenance contract, second year', 'Wants four visits instead of two.'],
  ['note', 'greta', 'waiting', 'Trade fair in Hanover', 'Offered us a corner of their stand.'],
  [
    'meeting',
    'priya',
    'open',
    'Timetable for the new building',
    'Classrooms ready in August if the lifts are.',
  ],
  ['call', 'tom', 'open', 'Robot stops at the third stall', 'Sensor dirty after the rain; sent a cover.'],
  ['email', 'elena', 'done', 'Acceptance protocol', 'Signed, with two minor remarks.'],
  ['call', 'sam', 'done', 'Noise complaint about the fan', 'Runs at half speed at night now.'],
  ['meeting', 'lucia', 'done', 'Tasting and tour for the board', 'Fourteen guests. Went well.'],
  [
    'email',
    'dev',
    'open',
    'Benchmark against the old pipeline',
    'Three times faster on their own data; wants to publish it.',
  ],
];

const day = 24 * 60 * 60 * 1000;

/** The last one happened yesterday; together they reach back some three months, in working hours. */
export function demoInteractions(now: Date): readonly InteractionDraft[] {
  return lines.map(([type, who, status, title, notes], index) => {
    const [contact, organisation] = people[who];
    const occurredAt = new Date(now.getTime() - (1 + Math.floor(index * 1.5)) * day);
    occurredAt.setUTCHours(16 - ((index * 3) % 8), (index * 25) % 60, 0, 0);
    return { title, type, contact, organisation, notes, occurredAt: occurredAt.toISOString(), status };
  });
}
