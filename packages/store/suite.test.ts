import { describeStore } from '../ports/suites/store.ts'
import { temporaryStore } from './testing.ts'

describeStore('on SQLite', temporaryStore)
