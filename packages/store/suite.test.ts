import { describeStore } from '../ports/suites/store.ts'
import { temporaryStore } from './testing/temporary-store.ts'

describeStore('on SQLite', temporaryStore)
