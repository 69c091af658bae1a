-- Health of Forecourt's three kinds for Argo CD. Put it into the ConfigMap argocd-cm once for each kind:
--   resource.customizations.health.portals.forecourt.dev_PortalClass
--   resource.customizations.health.portals.forecourt.dev_RegionalPortal
--   resource.customizations.health.portals.forecourt.dev_DealerTenant
-- A portal whose work is paused with spec.suspend is Suspended, and so is a tenant that waits for one.
local health = {status = "Progressing", message = "Waiting for the operator"}
if obj.metadata.deletionTimestamp ~= nil or obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end
for _, condition in ipairs(obj.status.conditions or {}) do
  if condition.type == "Suspended" and condition.status == "True" or condition.type == "Ready" and condition.reason == "PortalSuspended" then
    return {status = "Suspended", message = condition.message}
  end
end
for _, condition in ipairs(obj.status.conditions or {}) do
  if condition.type == "Stalled" and condition.status == "True" then
    return {status = "Degraded", message = condition.reason .. ": " .. (condition.message or "")}
  end
  if condition.type == "Ready" then
    health.message = condition.reason .. ": " .. (condition.message or "")
    if condition.status == "True" then
      health.status = "Healthy"
    end
  end
end
return health
