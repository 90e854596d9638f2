import type { Connection } from '../connection.ts'
import type { CallOptions } from '../endpoint.ts'
import { askPeer } from '../peers/endorsement.ts'
import type { Signer } from '../signer.ts'

/** The system contract that keeps definitions and packages. */
export const lifecycleContract = '_lifecycle'

/** Asks a peer's `_lifecycle`; an empty channel for what concerns the peer itself. @throws FabricError */
export function askLifecycle(
  connection: Connection,
  signer: Signer,
  request: { readonly channel: string; readonly name: string; readonly message: { serializeBinary(): Uint8Array } },
  doing: string,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const invocation = {
    channel: request.channel,
    contract: lifecycleContract,
    args: [request.name, request.message.serializeBinary()],
  }
  return askPeer(connection, signer, invocation, doing, options)
}
