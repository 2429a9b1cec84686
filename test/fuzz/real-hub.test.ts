import { expectDoorHolds } from './expect-door-holds.ts';

// Every message that gets through is committed to disk: the hundred thousand stand before the doors' own storms.
expectDoorHolds('real-hub', 2_000);
