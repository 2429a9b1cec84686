import { TolemError } from '@tolem/base';

/**
 * `address_in_use`: another program listens there; `data_unusable`: the data folder can't be read or written;
 * `not_found` and `not_possible` answer the control API; `control_failed`: the control API refused our client.
 */
export type SimErrorCode = 'address_in_use' | 'data_unusable' | 'not_found' | 'not_possible' | 'control_failed';

export class SimError extends TolemError<SimErrorCode> {}
