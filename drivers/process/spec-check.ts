import { PlatformError } from '@cello/model'
import type { NodeSpec } from '@cello/ports'

/** Node ids become folder names. @throws INVALID_REQUEST */
export function checkNodeId(id: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)) refuse(`${JSON.stringify(id)} is no node id`)
}

/** Refuses what would write outside the node's folder or cannot be started. @throws INVALID_REQUEST */
export function checkSpec(spec: NodeSpec): void {
  checkNodeId(spec.id)
  const files = [...spec.files, ...spec.secretFiles].map((file) => file.path)
  for (const path of files) checkRelativePath(path)
  for (const rule of spec.sweep ?? []) {
    checkRelativePath(rule.folder)
    checkRelativePath(rule.unlessHolds)
  }
  checkApart(files)
  if (spec.programs[spec.command] === undefined) refuse(`the node has no program named ${spec.command}`)
  for (const [name, value] of Object.entries(spec.env)) {
    if (name === '' || /[=\0]/.test(name) || value.includes('\0'))
      refuse(`the variable ${JSON.stringify(name)} cannot be set`)
  }
  if (spec.args.some((arg) => arg.includes('\0'))) refuse('an argument holds a NUL')
}

/** @throws INVALID_REQUEST for anything that could lead out of the folder that it is below. */
export function checkRelativePath(path: string): void {
  const parts = path.split('/')
  const odd = path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')
  if (odd || Buffer.byteLength(path) > 1000) refuse(`${JSON.stringify(path)} is no path below a folder`)
}

function checkApart(paths: readonly string[]): void {
  const seen = new Set(paths)
  if (seen.size < paths.length) refuse('a file is given twice')
  for (const path of paths) {
    const parts = path.split('/')
    for (let n = 1; n < parts.length; n += 1) {
      if (seen.has(parts.slice(0, n).join('/'))) refuse(`${parts.slice(0, n).join('/')} is a file and a folder`)
    }
  }
}

function refuse(detail: string): never {
  throw new PlatformError('INVALID_REQUEST', { detail })
}
