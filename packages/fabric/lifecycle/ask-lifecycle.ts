import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { askPeer } from '../peers/endorsement.ts'
import type { Signer } from '../signer.ts'

/** The system contract that keeps definitions and packages. */
export const lifecycleContract = '_lifecycle'

export interface LifecycleRequest {
  /** Empty for what concerns the peer itself. */
  readonly channel: string
  /** Function name. */
  readonly name: string
  readonly message: { serializeBinary(): Uint8Array }
  /** The act in the infinitive, for messages. */
  readonly doing: string
}

/** Asks a peer's `_lifecycle`. @throws FabricError */
export function askLifecycle(
  connection: Connection,
  signer: Signer,
  request: LifecycleRequest,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const invocation = {
    channel: request.channel,
    contract: lifecycleContract,
    args: [request.name, request.message.serializeBinary()],
    doing: request.doing,
  }
  return askPeer(connection, signer, invocation, options)
}
