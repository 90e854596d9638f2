import { hasCode } from '@cello/kit'
import { PlatformError } from '@cello/model'
import type { ObservedNode } from '@cello/ports'
import type { KeptSpec } from './node-record.ts'

/** Who a message is about. */
export interface About {
  readonly host: string
  /** As people know it: `Org1/peer0`. */
  readonly node: string
}

/** `Org1/peer0`, of a specification. */
export function nameOf(spec: Pick<KeptSpec, 'labels'>): string {
  return `${spec.labels.organization}/${spec.labels.name}`
}

/** Turns what the system threw into an error of the catalogue. An abort stays what it was. */
export function translate(error: unknown, about: About, signal?: AbortSignal): unknown {
  if (error instanceof PlatformError || (signal?.aborted && error === signal.reason)) return error
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return new PlatformError('DISK_FULL', { ...about }, { cause: error })
  return new PlatformError('INTERNAL', { ...about }, { cause: error })
}

/** Why a node that ended by itself did so, as far as its exit and its last lines tell. */
export function causeOfEnd(
  spec: KeptSpec,
  host: string,
  { exit, lastLines = [] }: Pick<ObservedNode, 'exit' | 'lastLines'>,
): PlatformError {
  const facts = { host, node: nameOf(spec), lastLines }
  const inUse = lastLines.findLast((line) => /address already in use|EADDRINUSE/i.test(line))
  if (inUse !== undefined) return new PlatformError('PORT_TAKEN', { ...facts, port: portIn(inUse, spec) ?? 'unknown' })
  if (lastLines.some((line) => /no space left on device|ENOSPC/i.test(line)))
    return new PlatformError('DISK_FULL', facts)
  return new PlatformError('NODE_EXITED', { ...facts, detail: endInWords({ exit, lastLines }) })
}

function portIn(line: string, spec: KeptSpec): number | undefined {
  const ports = Object.values(spec.ports)
  return ports.find((port) => new RegExp(`\\b${port}\\b`).test(line))
}

function endInWords({ exit, lastLines = [] }: Pick<ObservedNode, 'exit' | 'lastLines'>): string {
  const how = exit?.signal ? `killed by ${exit.signal}` : `exit code ${exit?.code ?? 'unknown'}`
  const last = lastLines.findLast((line) => line.trim() !== '')
  return last === undefined ? how : `${how}, after it printed «${last.slice(0, 300)}»`
}
