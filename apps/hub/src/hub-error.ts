import { TolemError } from '@tolem/base';

/**
 * Why the hub or its command line could not do what it was told.
 * `already_running`: another hub holds this data folder or broker; `door_unavailable`: an address can't be listened on;
 * `authority_damaged`: the device CA's files don't fit together; `certificate_*`, `api_key_unusable`: see `certificate/`;
 * `store_unavailable`: the database cannot be reached, or went away with the outcome of a commit unknown; `store_conflict`:
 * a unique index refused a row (`ids.constraint`); `store_constraint`: another constraint did; `lease_lost`: this instance
 * must stop acting until it has a new generation; `database_start`: no usable database; `record_damaged`: a row that no
 * version of ours wrote;
 * `webhook_secret_unusable`: see `webhook-sender/`; `webhook_unanswered`: an endpoint took too long;
 * `hub_unreachable`: the running hub did not answer on its admin socket; `usage`: a wrong argument.
 */
export type HubErrorCode =
  | 'already_running'
  | 'door_unavailable'
  | 'authority_damaged'
  | 'certificate_unusable'
  | 'certificate_untrusted'
  | 'certificate_refused_by_bank'
  | 'api_key_unusable'
  | 'file_exists'
  | 'file_unreadable'
  | 'webhook_secret_unusable'
  | 'webhook_unanswered'
  | 'hub_unreachable'
  | 'hub_refused'
  | 'usage'
  | 'store_unavailable'
  | 'store_conflict'
  | 'store_constraint'
  | 'lease_lost'
  | 'database_start'
  | 'record_damaged';

export class HubError extends TolemError<HubErrorCode> {}

export function isHubError(error: unknown, ...codes: HubErrorCode[]): error is HubError {
  return error instanceof HubError && (codes.length === 0 || codes.includes(error.code));
}
