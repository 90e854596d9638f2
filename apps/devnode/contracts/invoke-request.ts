import { peer } from '@hyperledger/fabric-protos'
import { ReturnedFailure } from './contract.ts'
import { shimMessage, Type } from './shim-message.ts'
import type { ShimTransaction } from './shim-transaction.ts'
import { unmarshalled } from './state-requests.ts'

/** A contract calls another: the answer holds the other's own closing message, as shims expect it. */
export async function invokeRequest(payload: Uint8Array, { invocation }: ShimTransaction): Promise<Uint8Array> {
  const spec = unmarshalled(peer.ChaincodeSpec, payload)
  const target = spec.getChaincodeId()?.getName() ?? ''
  const ids = { txId: invocation.txId, channel: invocation.channel?.name ?? '' }
  try {
    const response = await invocation.call(target, spec.getInput()?.getArgsList_asU8() ?? [])
    return shimMessage(Type.COMPLETED, { ...ids, payload: response.serializeBinary() }).serializeBinary()
  } catch (error) {
    if (!(error instanceof ReturnedFailure)) throw error
    return shimMessage(Type.ERROR, { ...ids, payload: Buffer.from(error.message) }).serializeBinary()
  }
}
