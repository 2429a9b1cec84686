/**
 * The shape of every machine: a pure function from a state and an input to the next state and the effects to perform
 * after the state has been stored. `undefined` means that the input has no meaning in that state and changes nothing.
 */
export interface Step<State, Effect> {
  state: State;
  effects: Effect[];
}

export type Transition<State, Input, Effect> = (state: State, input: Input) => Step<State, Effect> | undefined;
