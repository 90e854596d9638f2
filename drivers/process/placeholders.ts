import { PlatformError } from '@cello/model'
import type { NodeSpec } from '@cello/ports'

/** What stands for the placeholders of a NodeSpec, see `@cello/ports`. */
export interface Replacements {
  readonly data: string
  readonly files: string
  /** Absolute path of each program's started file, and of the folder that it was added with. */
  readonly programs: Readonly<Record<string, { readonly path: string; readonly folder: string }>>
  readonly ports: NodeSpec['ports']
}

const placeholder = /\{(data|files|(program|folder|port):([^{}\s]+))\}/g

/** Puts in places and ports. Other braces are left alone. @throws INVALID_REQUEST for a program or port that the spec lacks. */
export function fillPlaceholders(text: string, given: Replacements): string {
  return text.replaceAll(placeholder, (whole, word: string, noun: string | undefined, name: string | undefined) => {
    if (word === 'data') return given.data
    if (word === 'files') return given.files
    const found = name === undefined ? undefined : lookUp(noun, name, given)
    if (found === undefined) {
      throw new PlatformError('INVALID_REQUEST', { detail: `${whole} names no ${noun} of the node` })
    }
    return found
  })
}

function lookUp(noun: string | undefined, name: string, given: Replacements): string | undefined {
  if (noun === 'program') return given.programs[name]?.path
  if (noun === 'folder') return given.programs[name]?.folder
  const ports: Readonly<Record<string, number | undefined>> = given.ports
  return ports[name]?.toString()
}
