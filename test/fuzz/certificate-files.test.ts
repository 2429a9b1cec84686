import { expectDoorHolds } from './expect-door-holds.ts';

expectDoorHolds('certificate-files');
