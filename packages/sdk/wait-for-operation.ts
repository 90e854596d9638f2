import type { Operation, OperationEvent } from '@cello/api'
import type { Methods } from './types.ts'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** Told of each event as it comes. */
  readonly onEvent?: ((event: OperationEvent) => void) | undefined
}

export type WaitForOperation = (operation: string, options?: WaitOptions) => Promise<Operation>

/**
 * Follows an operation until nothing more happens to it. @returns it as it then is: `succeeded`, `failed`, `cancelled` or
 * `superseded` is for the caller to judge. @throws CelloError
 */
export async function waitForOperation(
  methods: Methods,
  operation: string,
  { signal, onEvent }: WaitOptions = {},
): Promise<Operation> {
  for await (const event of methods.operations.events({ params: { operation }, signal })) onEvent?.(event)
  return methods.operations.get({ params: { operation }, signal })
}
