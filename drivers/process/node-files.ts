import { randomBytes } from 'node:crypto'
import {
  type Dirent,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { NodeSpec } from '@cello/ports'
import type { KeptSpec, NodePlaces } from './node-record.ts'

interface WantedFile {
  readonly content: string
  readonly mode: number
}

/** Makes the folders of a node, closed to everybody else. */
export function makeFolders(places: NodePlaces): void {
  for (const folder of [places.root, places.data, places.files, places.log]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
}

/**
 * Makes the files folder hold exactly the files of the specification, each replaced as a whole and only where it differs.
 * A node may write there too, so whatever it left is taken away first, links included, before anything is written.
 * Written without waiting in between: they are few and small, and this costs a quarter of the asynchronous way.
 * @param fill puts places and ports into the text of plain files; secret files stay as they are.
 */
export function writeFiles(spec: NodeSpec, places: NodePlaces, fill: (text: string) => string): void {
  const wanted = new Map<string, WantedFile>()
  for (const { path, content, executable } of spec.files) {
    wanted.set(path, { content: fill(content), mode: executable ? 0o700 : 0o600 })
  }
  for (const { path, content } of spec.secretFiles) wanted.set(path, { content: content.reveal(), mode: 0o600 })
  const folders = new Set([...wanted.keys()].flatMap(foldersAbove))
  clean(places.files, '', wanted, folders)
  for (const folder of folders) mkdirSync(join(places.files, folder), { recursive: true, mode: 0o700 })
  for (const [path, file] of wanted) writeWhole(join(places.files, path), file)
}

/** Removes what a node left half-made, see `sweep` of NodeSpec, and its temporary files. */
export function sweep(spec: KeptSpec, places: NodePlaces): void {
  rmSync(places.temporary, { recursive: true, force: true })
  mkdirSync(places.temporary, { mode: 0o700 })
  for (const { folder, unlessHolds } of spec.sweep ?? []) {
    const parent = join(places.data, folder)
    if (!isOwnFolder(places.data, parent)) continue
    for (const entry of readdirSync(parent, { withFileTypes: true })) {
      const child = join(parent, entry.name)
      const isWhole = existsSync(join(child, unlessHolds))
      if (entry.isDirectory() && !isWhole) rmSync(child, { recursive: true, force: true })
    }
  }
}

/** A folder that is reached from `top` through folders alone, never through a link. */
function isOwnFolder(top: string, folder: string): boolean {
  for (let at = folder; at !== top; at = dirname(at)) {
    if (!lstatSync(at, { throwIfNoEntry: false })?.isDirectory()) return false
  }
  return true
}

function clean(top: string, below: string, files: ReadonlyMap<string, unknown>, folders: ReadonlySet<string>): void {
  for (const entry of readdirSync(join(top, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory() && folders.has(path)) clean(top, path, files, folders)
    else if (!isKept(entry, files.has(path))) rmSync(join(top, path), { recursive: true, force: true })
  }
}

function isKept(entry: Dirent, wanted: boolean): boolean {
  return wanted && entry.isFile()
}

/** A new file needs no detour: until all are written, the record does not vouch for any. */
function writeWhole(path: string, file: WantedFile): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return writeNew(path, file)
  if ((found.mode & 0o777) === file.mode && readFileSync(path, 'utf8') === file.content) return
  const next = join(dirname(path), `.new-${randomBytes(4).toString('hex')}`)
  writeNew(next, file)
  renameSync(next, path)
}

function writeNew(path: string, { content, mode }: WantedFile): void {
  try {
    writeFileSync(path, content, { mode, flag: 'wx' })
  } catch (error) {
    // A piece of it would take room that the next try may need.
    rmSync(path, { force: true })
    throw error
  }
}

/** `a/b/c` → `a`, `a/b`. */
function foldersAbove(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_part, n) => parts.slice(0, n + 1).join('/'))
}
