/** `connection.json` of a contract that runs as a service (core/container/externalbuilder/instance.go). */
import { goDurationMs } from '../config/go-duration.ts'
import type { ContractConnection } from '../lifecycle/lifecycle.ts'

/** Milliseconds, where the file names none. */
const defaultDialTimeoutMs = 3_000
const nanosecondsPerMs = 1e6

/** @param path for the error's sentence @throws Error in Fabric's words */
export function readConnectionJson(text: string, path: string): ContractConnection {
  const fields = fieldsOf(text, path)
  const address = textOf(fields, 'address')
  if (address === '') throw new Error('chaincode address not provided')
  const connection = { address, dialTimeoutMs: durationOf(fields, path) }
  return fields.get('tls_required') === true ? { ...connection, tls: tlsOf(fields) } : connection
}

type Fields = ReadonlyMap<string, unknown>

/** Go takes a field's name in any case, and the last one where there are several. */
function fieldsOf(text: string, path: string): Fields {
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content !== 'object' || content === null) throw new Error('it is no JSON object')
    return new Map(Object.entries(content).map(([name, value]) => [name.toLowerCase(), value]))
  } catch (error) {
    throw malformed(path, error)
  }
}

function tlsOf(fields: Fields): NonNullable<ContractConnection['tls']> {
  const [key, certificate] = [textOf(fields, 'client_key'), textOf(fields, 'client_cert')]
  const asksClient = fields.get('client_auth_required') === true
  if (asksClient && key === '') throw new Error('chaincode tls key not provided')
  if (asksClient && certificate === '') throw new Error('chaincode tls cert not provided')
  const rootCertificate = textOf(fields, 'root_cert')
  if (rootCertificate === '') throw new Error('chaincode tls root cert not provided')
  if (!asksClient) return { rootCertificate }
  const serverName = textOf(fields, 'domain')
  return { rootCertificate, client: { certificate, key }, ...(serverName === '' ? {} : { serverName }) }
}

function textOf(fields: Fields, name: string): string {
  const value = fields.get(name)
  return typeof value === 'string' ? value : ''
}

/** A number is nanoseconds, text is Go's: `10s`. */
function durationOf(fields: Fields, path: string): number {
  const value = fields.get('dial_timeout') ?? 0
  try {
    const ms = typeof value === 'string' ? goDurationMs(value) : Number(value) / nanosecondsPerMs
    if (Number.isNaN(ms)) throw new Error('invalid duration')
    return ms === 0 ? defaultDialTimeoutMs : ms
  } catch (error) {
    throw malformed(path, error)
  }
}

function malformed(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(`malformed chaincode info at '${path}': ${reason}`, { cause: error })
}
