/** For tests only: packages and builders, whole and otherwise. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { Log } from '../../operations/log.ts'
import type { ExternalBuilder } from '../../settings/peer-lists.ts'

/** Text or bytes of a file, or the head of an entry of another kind. */
type Content = string | Uint8Array | Partial<Header>

export async function archive(files: Readonly<Record<string, Content>>): Promise<Uint8Array> {
  const made = pack()
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === 'string' || content instanceof Uint8Array) {
      made.entry({ name, mtime: new Date(0) }, Buffer.from(content))
    } else {
      made.entry({ mtime: new Date(0), ...content, name }, undefined)
    }
  }
  made.finalize()
  const parts: Uint8Array[] = []
  for await (const part of made) if (part instanceof Uint8Array) parts.push(part)
  return gzipSync(Buffer.concat(parts))
}

export interface TestPackage {
  readonly label?: string
  readonly type?: string
  readonly code?: Readonly<Record<string, Content>>
}

export const connection = { address: '127.0.0.1:9999', dial_timeout: '10s', tls_required: false }

export async function testPackage({ label = 'assets_1.0', type = 'ccaas', code }: TestPackage = {}) {
  return archive({
    'metadata.json': JSON.stringify({ path: '', type, label }),
    'code.tar.gz': await archive(code ?? { 'connection.json': JSON.stringify(connection) }),
  })
}

/** A builder whose programs are these lines of sh. */
export function writeTestBuilder(
  folder: string,
  programs: Readonly<Record<'detect' | 'build', string>> & { readonly release?: string },
  propagateEnvironment: readonly string[] = [],
): ExternalBuilder {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  for (const [name, lines] of Object.entries(programs)) {
    const path = join(folder, 'bin', name)
    writeFileSync(path, `#!/bin/sh\nset -eu\n${lines}\n`)
    chmodSync(path, 0o755)
  }
  return { name: 'test-builder', path: folder, propagateEnvironment }
}

export function testLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = []
  return { lines, log: new Log((line) => void lines.push(line)) }
}
