/** What an organization installs on its peers: a label, a kind of contract and its code (core/chaincode/persistence). */
import { createHash } from 'node:crypto'
import { GzipHeadError, readTarGzip, regularFile } from './tar-gzip.ts'

export interface PackageMetadata {
  readonly label: string
  readonly type: string
}

export interface InstallPackage extends PackageMetadata {
  /** As it lies in the package: builders are given it. */
  readonly metadata: Uint8Array
  /** `code.tar.gz`. */
  readonly code: Uint8Array
}

const metadataFile = 'metadata.json'
const codeFile = 'code.tar.gz'

/** Reads a package without unpacking its code. @throws Error in Fabric's words */
export async function readInstallPackage(bytes: Uint8Array): Promise<InstallPackage> {
  const files = new Map<string, Uint8Array>()
  try {
    await readTarGzip(bytes, ({ name, type, content }) => {
      if (type !== regularFile) throw new EntryError(`tar entry ${name} is not a regular file, type ${type}`)
      if (name === metadataFile || name === codeFile) files.set(name, content)
    })
  } catch (error) {
    throw inWords(error)
  }
  const [metadata, code] = [files.get(metadataFile), files.get(codeFile)]
  const parsed = metadata && readMetadata(metadata)
  if (!code) throw new Error('did not find a code package inside the package')
  if (!metadata || !parsed) throw new Error(`did not find any package metadata (missing ${metadataFile})`)
  checkLabel(parsed.label)
  return { ...parsed, metadata, code }
}

/** Reads the code through once, as Fabric does when it looks for indexes. @throws Error in Fabric's words */
export async function checkCode({ code }: InstallPackage): Promise<void> {
  try {
    await readTarGzip(code, () => undefined)
  } catch (error) {
    throw new Error(`error retrieving DB artifacts from code package: ${messageOf(error)}`, { cause: error })
  }
}

/** `label:` and the hexadecimal SHA-256 of the whole package. */
export function packageIdOf(label: string, bytes: Uint8Array): string {
  return `${label}:${createHash('sha256').update(bytes).digest('hex')}`
}

class EntryError extends Error {}

function inWords(error: unknown): Error {
  if (error instanceof EntryError) return error
  const doing = error instanceof GzipHeadError ? 'error reading as gzip stream' : 'error inspecting next tar header'
  return new Error(`${doing}: ${messageOf(error)}`, { cause: error })
}

function readMetadata(bytes: Uint8Array): PackageMetadata {
  let content: unknown
  try {
    content = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    throw new Error(`could not unmarshal ${metadataFile} as json: ${goJsonReason(messageOf(error))}`, { cause: error })
  }
  return { label: text(content, 'label'), type: text(content, 'type') }
}

/** What Go says of text that is no JSON, from what this engine says. */
function goJsonReason(reason: string): string {
  const [, token] = /^Unexpected token '(.)'/u.exec(reason) ?? []
  if (token !== undefined) return `invalid character '${token}' looking for beginning of value`
  return /end of JSON input/.test(reason) ? 'unexpected end of JSON input' : reason
}

/** Go finds fields whatever the case of their letters, and takes an absent one as empty. */
function text(content: unknown, key: string): string {
  if (typeof content !== 'object' || content === null) return ''
  const found: unknown = Object.entries(content).findLast(([name]) => name.toLowerCase() === key)?.[1] ?? ''
  if (typeof found === 'string') return found
  throw new Error(
    `could not unmarshal ${metadataFile} as json: json: cannot unmarshal ${typeof found} into Go struct field ChaincodePackageMetadata.${key} of type string`,
  )
}

function checkLabel(label: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.+-]*$/.test(label)) return
  throw new Error(
    `invalid label '${label}'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics`,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
