/** `npm run docs`: writes the pages that are made from code. The check refuses a page that is not as it would write it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { madePages } from './pages/pages.ts'

const root = join(import.meta.dirname, '..')

for (const [path, make] of Object.entries(madePages)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), make())
  console.log(path)
}
