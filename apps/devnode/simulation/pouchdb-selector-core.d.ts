/** What is used of a library without types. */
declare module 'pouchdb-selector-core' {
  /** @param selector as in Mango @throws Error on an unknown operator */
  export function matchesSelector(doc: object, selector: object): boolean
  /** Compares documents by the fields of a Mango sort, then by `_id`; the direction is not looked at. */
  export function createFieldSorter(
    sort: readonly Readonly<Record<string, string>>[],
  ): (left: { readonly doc: object }, right: { readonly doc: object }) => number
}
