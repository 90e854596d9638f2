import { goJson, jsonObjectOf } from './go-json.ts'
import { richQuery } from './rich-query.ts'
import type { StateFlavour } from './state-flavour.ts'

/** The field that Fabric keeps a document's version in. */
const versionField = '~version'

/**
 * CouchDB's rules. Values that are JSON objects come back as Fabric reads them from CouchDB, their keys in order; its cache,
 * which gives some of them back as they were written, has no like here.
 */
export const couchDb: StateFlavour = {
  checkKey,
  checkWrite(key, value) {
    checkKey(key)
    for (const field of Object.keys(jsonObjectOf(value) ?? {})) {
      if (field === versionField || field.startsWith('_')) {
        throw new Error(`field [${field}] is not valid for the CouchDB state database`)
      }
    }
  },
  given(value) {
    const json = jsonObjectOf(value)
    return json ? Buffer.from(goJson(json)) : value
  },
  rangeBookmark: (next, end) => next ?? end,
  query: richQuery,
}

function checkKey(key: string): void {
  if (key.startsWith('_')) throw new Error(`invalid key [${key}], cannot begin with "_"`)
  if (key === '') throw new Error('invalid key. Empty string is not supported as a key by couchdb')
}
