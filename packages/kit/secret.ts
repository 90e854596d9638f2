import { inspect } from 'node:util'

const hidden = '***'

/** A value that must not be seen: printing, logging, spreading or turning it into JSON shows three stars. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Call it where it is used and keep the result in no field. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [inspect.custom](): string {
    return hidden
  }
}
