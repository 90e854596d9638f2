import type { Operation } from '@cello/api'

/** Shows how an operation goes on; dispose it when nothing more comes. */
export interface Progress extends Disposable {
  show(operation: Operation): void
}
