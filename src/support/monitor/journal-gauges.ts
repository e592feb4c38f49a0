import { Injectable, type OnModuleInit } from '@nestjs/common';
import { JournaledUsageLedger } from './journaled-usage-ledger.js';
import { MetricsService } from './metrics.service.js';

/** Shows how far PostgreSQL is behind, and what it never took. */
@Injectable()
export class JournalGauges implements OnModuleInit {
  constructor(
    private readonly ledger: JournaledUsageLedger,
    private readonly metrics: MetricsService,
  ) {}

  onModuleInit(): void {
    const gauge = (name: string, help: string, read: () => number): void =>
      this.metrics.observe(name, help, [], () => [{ labels: {}, value: read() }]);
    gauge(
      'journal_backlog_records',
      'Usage records not in PostgreSQL yet',
      () => this.ledger.backlog.records,
    );
    gauge('journal_bytes', 'Size of the usage journal on disk', () => this.ledger.backlog.bytes);
    gauge('journal_adopted', 'Journals of dead processes being replayed', () => this.ledger.backlog.adopted);
    this.metrics.observeCount(
      'ledger_rejected_records_total',
      'Usage records that were set aside in rejected.jsonl',
      [],
      () => [{ labels: {}, value: this.ledger.rejectedRecords }],
    );
    gauge('journal_writable', '1 while usage can be recorded', () => Number(this.ledger.isWritable()));
  }
}
