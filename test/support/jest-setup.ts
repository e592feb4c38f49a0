// CommonJS packages such as @nestjs/throttler `require` the ESM @nestjs/common; loading it first breaks that cycle under jest.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
