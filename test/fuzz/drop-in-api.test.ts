import { expectDoorHolds } from './expect-door-holds.ts';

expectDoorHolds('drop-in-api');
