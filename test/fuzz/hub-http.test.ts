import { expectDoorHolds } from './expect-door-holds.ts';

expectDoorHolds('hub-http');
