import { expectDoorHolds } from './expect-door-holds.ts';

expectDoorHolds('command-line');
