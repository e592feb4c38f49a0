import { Module } from '@nestjs/common';
import { FormatAdapterService } from './format-adapter.service.js';

/** Needs the global CLOCK. */
@Module({ providers: [FormatAdapterService], exports: [FormatAdapterService] })
export class FormatAdapterModule {}
