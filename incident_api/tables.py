"""Every table in one place, for migrations."""

from __future__ import annotations

import incident_api.alerts.models
import incident_api.assignments.models
import incident_api.audit.models
import incident_api.casework.models
import incident_api.coordination.models
import incident_api.duty.models
import incident_api.escalation.models
import incident_api.faults.models
import incident_api.held_back.models
import incident_api.incidents.models
import incident_api.jobs.models
import incident_api.ledger.models
import incident_api.notifications.models
import incident_api.organisation.models
import incident_api.people.models
import incident_api.periodic.models
import incident_api.reports.models
import incident_api.rules.models
import incident_api.saved_views.models
import incident_api.sessions.models
import incident_api.stream.models  # noqa: F401 - imported for its tables
from incident_api.database import Base

metadata = Base.metadata
