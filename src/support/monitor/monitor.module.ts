import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { JournalGauges } from './journal-gauges.js';
import { JournaledUsageLedger } from './journaled-usage-ledger.js';
import { MetricsService } from './metrics.service.js';
import { PartitionMaintenance } from './partition-maintenance.service.js';
import { RefusalLedger } from './refusal-ledger.service.js';
import { RefusalRepository } from './refusal.repository.js';
import { USAGE_LEDGER } from './usage-event.js';
import { UsageRepository } from './usage.repository.js';

/** Needs SQL_CLIENT and CLOCK from global modules. */
@Module({})
export class MonitorModule {
  /** `options` provide LEDGER_OPTIONS and RETENTION_OPTIONS. */
  static forRoot(options: Provider[]): DynamicModule {
    return {
      module: MonitorModule,
      providers: [
        ...options,
        UsageRepository,
        JournaledUsageLedger,
        { provide: USAGE_LEDGER, useExisting: JournaledUsageLedger },
        MetricsService,
        JournalGauges,
        PartitionMaintenance,
        RefusalRepository,
        RefusalLedger,
      ],
      exports: [
        USAGE_LEDGER,
        JournaledUsageLedger,
        UsageRepository,
        MetricsService,
        RefusalRepository,
        RefusalLedger,
      ],
    };
  }
}
