import { FabricError } from '../errors.ts'

/** @throws FabricError INVALID unless the condition holds. */
export function require(condition: boolean, message: string): asserts condition {
  if (!condition) throw new FabricError('INVALID', `Fabric would refuse this channel config: ${message}`)
}

export function isUint32(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= 0xffff_ffff
}

const endpointPattern = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+):(\d{1,5})$/

/** Whether nodes can dial this `host:port`. They put the two together as they are: an IPv6 address needs its brackets. */
export function isEndpoint(endpoint: string): boolean {
  const port = Number(endpointPattern.exec(endpoint)?.[2])
  return port > 0 && port <= 0xffff
}
