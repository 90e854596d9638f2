import { describeStore } from '@cello/ports/suites/store'
import { temporaryStore } from './testing/temporary-store.ts'

describeStore('on SQLite', temporaryStore)
