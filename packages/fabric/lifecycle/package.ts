import { gunzipSync } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { sha256, toHex, utf8 } from '../codec/bytes.ts'
import { FabricError } from '../errors.ts'
import { storedGzip } from './stored-gzip.ts'

/** The package type that our builder (and Fabric's own for services) detects. */
export const contractPackageType = 'ccaas'

/** Where peers reach a contract that runs as a service. The package is the same for every peer that installs it. */
export interface ContractService {
  /** `host:port`, durable: it is part of the package id. */
  readonly address: string
  /** Seconds that a peer waits for the contract; default 10. */
  readonly dialTimeoutSeconds?: number
  /** PEM of the authority that signed the contract's TLS certificate; absent: no TLS (loopback only). */
  readonly tlsRoot?: string
  /** Whether the contract asks peers for a certificate. The builder adds it on each peer; no key is ever in a package. */
  readonly clientAuth?: boolean
}

export interface ContractPackageInput {
  /** Letters, digits and `.+-_`, beginning with a letter or digit (persistence.LabelRegexp). */
  readonly label: string
  readonly service: ContractService
  /** Files under `META-INF/` by path, e.g. `META-INF/statedb/couchdb/indexes/owner.json`. */
  readonly metadata?: Readonly<Record<string, Uint8Array>>
}

export interface ContractPackage {
  /** `label:` and the hexadecimal SHA-256 of the bytes. */
  readonly packageId: string
  readonly bytes: Uint8Array
}

const labelForm = /^[A-Za-z0-9][A-Za-z0-9_.+-]*$/
const metadataPath = /^(?!.*\/\.{1,2}(\/|$))META-INF\/[\w.+/-]+$/

/** A package whose bytes depend on its input alone. @throws FabricError INVALID for a label or path that Fabric refuses */
export async function packageContract(input: ContractPackageInput): Promise<ContractPackage> {
  if (!labelForm.test(input.label)) {
    throw new FabricError('INVALID', `'${input.label}' is no package label`, {
      next: 'Use letters, digits and .+-_, beginning with a letter or digit',
    })
  }
  const odd = Object.keys(input.metadata ?? {}).find((path) => !metadataPath.test(path))
  if (odd !== undefined) throw new FabricError('INVALID', `'${odd}' is no file under META-INF/`)
  const code = await tarGzip({ ...input.metadata, 'connection.json': json(connectionOf(input.service)) })
  const metadata = json({ path: '', type: contractPackageType, label: input.label })
  const bytes = await tarGzip({ 'metadata.json': metadata, 'code.tar.gz': code })
  return { packageId: packageId(input.label, bytes), bytes }
}

/** `label:` and SHA-256 of a package's bytes, as peers compute it (persistence.PackageID). */
export function packageId(label: string, bytes: Uint8Array): string {
  return `${label}:${toHex(sha256(bytes))}`
}

/** What `connection.json` holds (core/chaincode/extcc ChaincodeServerUserData), keys excepted. */
function connectionOf({ address, dialTimeoutSeconds, tlsRoot, clientAuth }: ContractService) {
  return {
    address,
    dial_timeout: `${dialTimeoutSeconds ?? 10}s`,
    tls_required: tlsRoot !== undefined,
    ...(tlsRoot === undefined ? {} : { client_auth_required: clientAuth ?? false, root_cert: tlsRoot }),
  }
}

function json(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value))
}

async function tarGzip(files: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
  const archive = pack()
  for (const name of Object.keys(files).sort()) {
    archive.entry({ name, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 }, Buffer.from(files[name] ?? []))
  }
  archive.finalize()
  return storedGzip(await wholeOf(archive))
}

/** What a package says of itself. */
export interface PackageContents {
  readonly label: string
  readonly type: string
  /** Files of the code archive by path. */
  readonly files: Readonly<Record<string, Uint8Array>>
}

/** Bytes of all that a package may hold unpacked: Fabric's largest message. */
const unpackedLimit = 100 * 1024 * 1024

/** Reads any package in memory, ours or not. @throws FabricError INVALID when it is none, or unpacks to more than 100 MiB */
export async function readPackage(bytes: Uint8Array): Promise<PackageContents> {
  try {
    const outer = await untar(bytes)
    const metadata: unknown = JSON.parse(Buffer.from(outer['metadata.json'] ?? []).toString('utf8'))
    // `tar -C folder .`, with which the samples pack, puts a dot before each path.
    const files = await untar(outer['code.tar.gz'] ?? new Uint8Array(), (name) => name.replace(/^(\.\/)+/, ''))
    return { label: textOf(metadata, 'label'), type: textOf(metadata, 'type'), files }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new FabricError('INVALID', `Not a contract package: ${reason}`, {}, { cause: error })
  }
}

function textOf(metadata: unknown, key: string): string {
  const value: unknown = typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, key) : undefined
  if (typeof value !== 'string') throw new TypeError(`metadata.json has no ${key}`)
  return value
}

async function untar(bytes: Uint8Array, pathOf = (name: string) => name): Promise<Record<string, Uint8Array>> {
  const archive = extract()
  const files: Record<string, Uint8Array> = Object.create(null)
  archive.end(gunzipSync(bytes, { maxOutputLength: unpackedLimit }))
  for await (const entry of archive) {
    const content = await wholeOf(entry)
    if (entry.header.type === 'file') files[pathOf(entry.header.name)] = content
  }
  return files
}

async function wholeOf(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of stream) {
    if (!(part instanceof Uint8Array)) throw new TypeError('an archive that is not bytes')
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}
