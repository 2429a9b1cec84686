import { expectDoorHolds } from './expect-door-holds.ts';

expectDoorHolds('admin-socket');
