/**
 * The parent of every operating error of Tolem: a closed `code`, a sentence for people, the cause and the ids
 * that help to find it. Each package has one subclass with its own union of codes.
 *
 * `effect` tells what a call that failed may have done on the other side: `none` means certainly nothing,
 * `possible` means that it may have happened; the caller then records `unknown` and asks, and never repeats blindly.
 */
export type Effect = 'none' | 'possible';

export interface ErrorDetails {
  cause?: unknown;
  /** Identifiers and raw values worth logging; never secrets. */
  ids?: Readonly<Record<string, string | number | boolean | undefined>>;
}

export abstract class TolemError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly ids: Readonly<Record<string, string | number | boolean | undefined>>;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.ids = details.ids ?? {};
  }
}

export type BaseErrorCode = 'money_invalid' | 'id_invalid' | 'config_invalid' | 'config_unreadable' | 'aborted';

export class BaseError extends TolemError<BaseErrorCode> {}
