import { PlatformError } from '@cello/model'

/** Longest path of an entry, in UTF-8 bytes: leaves room for our own folders below Linux' 4096. */
const maxPathBytes = 1024
/** Linux' limit for one name. */
const maxNameBytes = 255
const maxDepth = 40

/**
 * The path of an archive's entry, without a leading `./` and a trailing `/`; empty for the root itself.
 * @throws PlatformError PACKAGE_INVALID for every path that could lead out of the folder or means different things to different readers.
 */
export function safeEntryPath(name: string): string {
  const refuse = (why: string) =>
    new PlatformError('PACKAGE_INVALID', { detail: `the entry ${JSON.stringify(name.slice(0, 200))} ${why}` })
  if (/\p{Cc}|\ufffd/u.test(name)) throw refuse('has control characters, or is no UTF-8')
  if (name.includes('\\')) throw refuse('has a backslash')
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) throw refuse('is an absolute path')
  if (Buffer.byteLength(name) > maxPathBytes) throw refuse(`is longer than ${maxPathBytes} bytes`)
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw refuse('leads out of the folder')
  if (parts.length > maxDepth) throw refuse(`lies more than ${maxDepth} folders deep`)
  if (parts.some((part) => Buffer.byteLength(part) > maxNameBytes)) throw refuse('has a name longer than 255 bytes')
  // It would choose the registry, the shell and the scripts of an installation that we run.
  if (parts.at(-1) === '.npmrc') throw refuse('may not be part of a contract')
  return parts.join('/')
}
