import { PlatformError } from '@cello/model'
import { z } from 'zod'
import { downloadFailed, httpGet, isOfficial } from './http-get.ts'

/** More than any file of digests has. */
const maxBytes = 1024 ** 2

export interface DigestSources {
  /** What the user states. */
  readonly given: string | undefined
  /** By the official name of the archive. */
  readonly pinned: Readonly<Record<string, string>>
  /** Where the archive is fetched from; absent for a local file. */
  readonly url?: URL | undefined
  readonly signal: AbortSignal
  readonly idleMs: number
}

/**
 * What a release's archive (by its official name) must hash to, lower-case hex: as the user states, else as it is pinned, else as it is published with the
 * archive, in `<archive>.sha256` beside it or, for the official address, in GitHub's record of the release.
 * @throws DIGEST_UNKNOWN; FABRIC_DOWNLOAD_FAILED where it could not be asked
 */
export async function expectedDigest(archive: string, sources: DigestSources): Promise<string> {
  const known = sources.given ?? sources.pinned[archive] ?? (await publishedDigest(archive, sources))
  if (known !== undefined) return known
  throw new PlatformError('DIGEST_UNKNOWN', { file: archive })
}

async function publishedDigest(archive: string, sources: DigestSources): Promise<string | undefined> {
  const { url } = sources
  if (!url) return undefined
  const beside = new URL(url)
  beside.pathname += '.sha256'
  const text = await getText(beside, sources).catch((error: unknown) => {
    if (!(error instanceof PlatformError) || sources.signal.aborted) throw error
    throw downloadFailed(url, `no digest is known for it, and asking for one failed: ${String(error.facts['detail'])}`)
  })
  const found = text === undefined ? undefined : digestIn(text, [archive, url.pathname.split('/').at(-1)])
  return found ?? (isOfficial(url) ? await recordedByGithub(archive, url, sources) : undefined)
}

/** Of lines as sha256sum writes them, or of the digest alone. */
function digestIn(text: string, names: readonly (string | undefined)[]): string | undefined {
  const lines = text.split('\n').map((line) => /^([0-9a-f]{64})(?:\s+\*?(?:.*\/)?([^/\s]+))?\s*$/i.exec(line.trim()))
  return lines.find((line) => line && (line[2] === undefined || names.includes(line[2])))?.[1]?.toLowerCase()
}

const ReleaseRecord = z.object({
  assets: z.array(z.object({ name: z.string(), digest: z.string().nullish() })),
})

/** GitHub's API tells the SHA-256 of files that were uploaded to a release; of older ones it has none. */
async function recordedByGithub(archive: string, url: URL, sources: DigestSources): Promise<string | undefined> {
  const tag = url.pathname.split('/').at(-2) ?? ''
  const record = new URL(`https://api.github.com/repos/hyperledger/fabric/releases/tags/${tag}`)
  const text = await getText(record, sources).catch((error: unknown) => {
    // Whoever cannot reach it (it limits how often strangers may ask) can still state the digest.
    if (sources.signal.aborted) throw error
    return undefined
  })
  return text === undefined ? undefined : digestOfAsset(text, archive)
}

/** The digest of a file in GitHub's answer about a release; undefined where the answer has none. */
export function digestOfAsset(text: string, archive: string): string | undefined {
  try {
    const { assets } = ReleaseRecord.parse(JSON.parse(text))
    const digest = assets.find(({ name }) => name === archive)?.digest
    return /^sha256:([0-9a-f]{64})$/.exec(digest ?? '')?.[1]
  } catch {
    return undefined
  }
}

/** Undefined where the server has no such file, or something that is too large for one of digests. */
async function getText(url: URL, { signal, idleMs }: DigestSources): Promise<string | undefined> {
  const { status, body } = await httpGet(url, { signal, idleMs })
  if (status !== 200) {
    body.destroy()
    return undefined
  }
  try {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > maxBytes) return undefined
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  } catch (error) {
    throw signal.aborted ? signal.reason : downloadFailed(url, error)
  }
}
