"""The suite passes on executors that are right."""

import pytest
from airlock_conformance import Capability, ExecutorSuite, WorkerSuite
from conformance_proof.executor import Sends, SendsAtOnce, SendsFunctions
from conformance_proof.suites import SEQUENTIAL, FileHooks, FunctionHooks, MemoryHooks, WorkerHooks


class TestSends(MemoryHooks, ExecutorSuite):
    @pytest.fixture
    def executor(self):
        return Sends(self.queue)


class TestSendsAtOnce(MemoryHooks, ExecutorSuite):
    capabilities = SEQUENTIAL - {Capability.GEVENT} | {Capability.ATOMIC_BULK}

    @pytest.fixture
    def executor(self):
        return SendsAtOnce(self.queue)


class TestSendsFunctions(FunctionHooks, ExecutorSuite):
    @pytest.fixture
    def executor(self):
        return SendsFunctions(self.queue)


class TestSendsToFile(FileHooks, ExecutorSuite):
    @pytest.fixture
    def executor(self):
        return Sends(self.queue)


class TestWorker(WorkerHooks, WorkerSuite):
    @pytest.fixture
    def executor(self):
        return Sends(self.queue)
