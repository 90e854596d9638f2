import { writeFile } from 'node:fs/promises'
import { openApiDocument } from '@cello/api'

/** Where the committed description lies. Its version is that of the API, so that a release alone changes no line of it. */
export const openApiFile = new URL('../openapi.json', import.meta.url)
export const openApiVersion = 'v1'

/** The description as it is committed. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(openApiVersion), null, 2)}\n`
}

if (import.meta.main) await writeFile(openApiFile, openApiText())
