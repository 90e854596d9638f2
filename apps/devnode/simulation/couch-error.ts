/** A refusal as Fabric tells of CouchDB's answer, two blanks and all. */
export function couchError(error: string, reason: string, cause?: unknown): Error {
  return new Error(`error handling CouchDB request. Error:${error},  Status Code:400,  Reason:${reason}`, { cause })
}
