"""The app, which makes trouble where it is told to."""

import os

from django.apps import AppConfig


class StormConfig(AppConfig):
    """Plants faults and kill points in this process."""

    name = "storm"

    def ready(self) -> None:
        """Do as the environment says."""
        from storm import kill_points, planted, surroundings

        if order := os.environ.get("FAULTS_KILL"):
            kill_points.arm(order)
        if fault := os.environ.get("FAULTS_PLANTED"):
            planted.FAULTS[fault]()
        if fault := os.environ.get("FAULTS_SURROUNDINGS"):
            surroundings.SURROUNDINGS[fault]()
