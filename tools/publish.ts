/** `npm run build:publish`: the tarballs of what others install, into dist/. */
import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pack } from './publishing/pack.ts'
import { publishedPackages } from './publishing/published-package.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'dist')
mkdirSync(folder, { recursive: true })
for (const published of publishedPackages(root)) console.log(relative(root, pack(published, root, folder)))
