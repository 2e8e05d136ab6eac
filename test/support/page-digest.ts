/** Prints the SHA-256 of a report's page: run by a test in processes that differ in all but their input. */
import { pageOf } from '../../commands/gate/page/page.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { madeReport } from './made-report.ts'

process.stdout.write(sha256(pageOf(madeReport(), 'h')))
