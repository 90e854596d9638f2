import type { Identity } from '../msp/identity.ts'

/** Decides over those who signed. @returns why not, or undefined when it is satisfied */
export type Policy = (signers: readonly Identity[]) => string | undefined
