// Written by `make reference`; do not edit.
// swift-format-ignore-file

/// A request and its reply for each method, as a daemon in a test gave them.
let recordedExamples: [String: (parameters: StaticString, reply: StaticString)] = [
  "approval.approve": (
    ##"{"approval":"03751f2a7cf57d841d221f0851af3911"}"##,
    ##"{"advisory":true,"approval":"03751f2a7cf57d841d221f0851af3911","asked_at_ms":1800000000000,"expires_at_ms":1800003600000,"name":"scraper","node":"5c4d45869f2825ece91a1511ad2659b0","payee":"03881817f3f4f0fcb4c21c1496bc295988f886ab3b6967e1913e36bb78fc2c415e","payment_hash":"0b8c8517fed196940bea3f6531de6dc9c30dbb94d8b40c51a22657f8e3cb4862","service":"pinned","state":"approved","total_msat":1100}"##
  ),
  "approval.deny": (
    ##"{"approval":"c3ecb713dad0e88bd7cf06bd8c5e712d"}"##,
    ##"{"advisory":true,"approval":"c3ecb713dad0e88bd7cf06bd8c5e712d","asked_at_ms":1800000000000,"expires_at_ms":1800003600000,"name":"scraper","node":"5c4d45869f2825ece91a1511ad2659b0","payee":"03881817f3f4f0fcb4c21c1496bc295988f886ab3b6967e1913e36bb78fc2c415e","payment_hash":"faf8eebceaf50c8b2e872786d7a315e2e630f79f05e7f199957d8c914e76e353","service":"pinned","state":"denied","total_msat":1100}"##
  ),
  "approval.list": (
    ##"{}"##,
    ##"{"approvals":[{"advisory":true,"approval":"03751f2a7cf57d841d221f0851af3911","asked_at_ms":1800000000000,"expires_at_ms":1800003600000,"name":"scraper","node":"5c4d45869f2825ece91a1511ad2659b0","payee":"03881817f3f4f0fcb4c21c1496bc295988f886ab3b6967e1913e36bb78fc2c415e","payment_hash":"0b8c8517fed196940bea3f6531de6dc9c30dbb94d8b40c51a22657f8e3cb4862","service":"pinned","state":"pending","total_msat":1100},{"advisory":true,"approval":"c3ecb713dad0e88bd7cf06bd8c5e712d","asked_at_ms":1800000000000,"expires_at_ms":1800003600000,"name":"scraper","node":"5c4d45869f2825ece91a1511ad2659b0","payee":"03881817f3f4f0fcb4c21c1496bc295988f886ab3b6967e1913e36bb78fc2c415e","payment_hash":"faf8eebceaf50c8b2e872786d7a315e2e630f79f05e7f199957d8c914e76e353","service":"pinned","state":"pending","total_msat":1100}]}"##
  ),
  "audit.archive": (
    ##"{"older_than_s":86400}"##,
    ##"{}"##
  ),
  "audit.checkpoint": (
    ##"{}"##,
    ##"{"key":"purser-audit/dbc298251c51321b+0ca388e2+Af0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY","note":"purser-audit/dbc298251c51321b\n32\nMKrh86KIwlexZRWpjKU5/UeK0ryQVkf0Puze4+2rhvM=\n\n— purser-audit/dbc298251c51321b DKOI4gCgvNOkJ0lQk5ggH6YF9iLRhnz2Ia5RFrJ/Q3BQA6S7xFN2tY9nW5p2qDxiPIySbsjL2mO9hfM9Wf2zh/ad4Qk=\n","size":32}"##
  ),
  "audit.list": (
    ##"{"after":1,"limit":2}"##,
    ##"{"events":[{"event":"{\"action\":\"grant.claim\",\"actor\":{\"kind\":\"agent\",\"node\":\"cfea9ac9fa6a77f03c4ad6addfc4e709\",\"pid\":42,\"uid\":1000},\"details\":{\"caveats\":[\"name=research\",\"spend_msat=10000\",\"valid_until=1802412000\"],\"claim\":\"research\"},\"node\":\"cfea9ac9fa6a77f03c4ad6addfc4e709\",\"seq\":2,\"time_ms\":1800000000000}","hash":"f8cc43a2ea4d7e91a3f1c57849758a317ac4344a0f1066d3c1dffc96b57f3c73","seq":2},{"event":"{\"action\":\"spend.reserve\",\"actor\":{\"kind\":\"agent\",\"node\":\"d705a00b5b7820085eb010e4393e3967\",\"pid\":42,\"uid\":1000},\"details\":{\"amount_msat\":20000,\"expires_at_ms\":1800000120000,\"hold\":\"01a3185c50003c7ab19015aaafefd4b0\"},\"node\":\"d705a00b5b7820085eb010e4393e3967\",\"seq\":3,\"time_ms\":1800000000000}","hash":"cbca1f21c1a7ce620ca4a369879cc1ab55323240b77ed69a6d29469e115a15c1","seq":3}]}"##
  ),
  "audit.mine": (
    ##"{"limit":2,"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"events":[{"action":"spend.reserve","actor":"d705a00b5b7820085eb010e4393e3967","by":"agent","details":{"amount_msat":20000,"expires_at_ms":1800000120000,"hold":"01a3185c50003c7ab19015aaafefd4b0"},"node":"d705a00b5b7820085eb010e4393e3967","seq":3,"time_ms":1800000000000},{"action":"spend.extend","actor":"d705a00b5b7820085eb010e4393e3967","by":"agent","details":{"amount_msat":25000,"expires_at_ms":1800000120000,"hold":"01a3185c50003c7ab19015aaafefd4b0"},"node":"d705a00b5b7820085eb010e4393e3967","seq":4,"time_ms":1800000000000}]}"##
  ),
  "audit.subscribe": (
    ##"{"actions":["spend.charge"]}"##,
    ##"{"after":32,"subscription":1}"##
  ),
  "audit.unsubscribe": (
    ##"{"subscription":1}"##,
    ##"{"subscription":1}"##
  ),
  "audit.verify": (
    ##"{}"##,
    ##"{"checkpoints":1,"events":32,"first":1,"head":"82a37ba2ece518cbbba2707631531c3ad3a0127a529d4d2131835c21b08233e7","ok":true}"##
  ),
  "challenge.pay": (
    ##"{"service":"pinned","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…","www_authenticate":["L402 macaroon=\"AgJCAAAU5WugKYzZqJQkgg6zQhG68UZMw…"]}"##,
    ##"{"authorization":"L402 AgJCAAAU5WugKYzZqJQkgg6zQhG68UZMwSS6teT1IEl…","bare":false,"cost_msat":1007,"credential":"b4cfd3a6c940b806309c683b63b8d9cb","expires_at":1800000600,"grpc_macaroon":"020242000014e56ba0298cd9a89424820eb34211baf1464c…","preimage":"eafd2e5fd864580cb31fdbd32dd90b49b826beb60e030628ac279c408507550e","restrictions":[{"condition":"services","enforced_by":"seller","value":"pinned"},{"condition":"valid_until","enforced_by":"seller","value":"1800000600"},{"condition":"spend_msat","enforced_by":"purser","value":"500000"}],"scheme":"L402","service":"pinned","token":"AgJCAAAU5WugKYzZqJQkgg6zQhG68UZMwSS6teT1IElqHdHQ…"}"##
  ),
  "challenge.quote": (
    ##"{"service":"data","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"amount_msat":1000,"expires_at":1800003600,"fee_limit_msat":100,"payee":"03881817f3f4f0fcb4c21c1496bc295988f886ab3b6967e1913e36bb78fc2c415e","payment_hash":"8ba2aada31ad1fd8b01e5d4642fbf720acd6e18b98974d34b2eb26c487d637c5","quote":{"passes":true,"remaining_msat":86000},"service":"data"}"##
  ),
  "credential.report": (
    ##"{"credential":"256d4d9c16ed70ed688a0d5602367d3c","problem":"refused","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"credential":"256d4d9c16ed70ed688a0d5602367d3c","state":"active"}"##
  ),
  "credential.request": (
    ##"{"capabilities":["read"],"idempotency_key":"buy-1","service":"data","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…","ttl_s":600}"##,
    ##"{"authorization":"L402 AgJCAABb5OTeaxISxgqN+/GsNt/aL87JlraSXrtqJy8…","bare":false,"cost_msat":1007,"credential":"256d4d9c16ed70ed688a0d5602367d3c","expires_at":1800000600,"grpc_macaroon":"02024200005be4e4de6b1212c60a8dfbf1ac36dfda2fcec9…","preimage":"11cb900cdaff1f6c3288870c56164fbe12f35ca3a832b011a7236ee3ba959b69","restrictions":[{"condition":"services","enforced_by":"seller","value":"data"},{"condition":"valid_until","enforced_by":"seller","value":"1800000600"},{"condition":"capabilities","enforced_by":"advisory","value":"read"},{"condition":"spend_msat","enforced_by":"purser","value":"500000"}],"scheme":"L402","service":"data","token":"AgJCAABb5OTeaxISxgqN+/GsNt/aL87JlraSXrtqJy8hEqVL…"}"##
  ),
  "grant.claim": (
    ##"{}"##,
    ##"{"name":"research","node":"cfea9ac9fa6a77f03c4ad6addfc4e709","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAHP6prJ-mp38DxK…","valid_until":1802412000}"##
  ),
  "grant.close": (
    ##"{"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"node":"1a65b38ca494eafc21636363efec5f48","outstanding":[{"copies":1,"credential":"256d4d9c16ed70ed688a0d5602367d3c","service":"data","valid_until":1800000600},{"copies":1,"credential":"b4cfd3a6c940b806309c683b63b8d9cb","service":"pinned","valid_until":1800000600}],"truncated":false}"##
  ),
  "grant.create": (
    ##"{"idempotency_key":"team-1","name":"research","services":["data","pinned","bare"],"spend_msat":500000,"ttl_s":86400,"windows":[{"limit_msat":100000,"per":"1h"}]}"##,
    ##"{"node":"1a65b38ca494eafc21636363efec5f48","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…","valid_until":1800086400}"##
  ),
  "grant.freeze": (
    ##"{"node":"d705a00b5b7820085eb010e4393e3967","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"node":"d705a00b5b7820085eb010e4393e3967","outstanding":[],"truncated":false}"##
  ),
  "grant.get": (
    ##"{"node":"d705a00b5b7820085eb010e4393e3967"}"##,
    ##"{"caveats":[],"ceiling_msat":40000,"descendants":0,"escrow":false,"escrowed_msat":0,"held_msat":0,"name":"worker","node":"d705a00b5b7820085eb010e4393e3967","parent":"1a65b38ca494eafc21636363efec5f48","remaining_msat":26000,"settled_msat":14000,"spend_msat":40000,"state":"active","valid_until":1800086400,"windows":[]}"##
  ),
  "grant.revoke": (
    ##"{"target":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"node":"d705a00b5b7820085eb010e4393e3967","outstanding":[],"truncated":false}"##
  ),
  "grant.tree": (
    ##"{}"##,
    ##"{"grants":[{"ceiling_msat":500000,"descendants":1,"escrow":false,"escrowed_msat":0,"held_msat":0,"name":"research","node":"1a65b38ca494eafc21636363efec5f48","remaining_msat":486000,"settled_msat":14000,"spend_msat":500000,"state":"active","valid_until":1800086400,"windows":[{"limit_msat":100000,"per":"1h"}]},{"ceiling_msat":40000,"descendants":0,"escrow":false,"escrowed_msat":0,"held_msat":0,"name":"worker","node":"d705a00b5b7820085eb010e4393e3967","parent":"1a65b38ca494eafc21636363efec5f48","remaining_msat":16000,"settled_msat":14000,"spend_msat":30000,"state":"active","valid_until":1800086400,"windows":[]},{"ceiling_msat":10000,"descendants":0,"escrow":false,"escrowed_msat":0,"held_msat":0,"name":"research","node":"cfea9ac9fa6a77f03c4ad6addfc4e709","remaining_msat":10000,"settled_msat":0,"spend_msat":10000,"state":"active","valid_until":1802412000,"windows":[]}],"truncated":false}"##
  ),
  "grant.unfreeze": (
    ##"{"node":"d705a00b5b7820085eb010e4393e3967","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"node":"d705a00b5b7820085eb010e4393e3967"}"##
  ),
  "grant.update": (
    ##"{"delta_msat":-10000,"idempotency_key":"less-1","node":"d705a00b5b7820085eb010e4393e3967"}"##,
    ##"{"limit_msat":30000,"node":"d705a00b5b7820085eb010e4393e3967"}"##
  ),
  "invoice.pay": (
    ##"{"idempotency_key":"bill-1","invoice":"lnbcrt10n1p45n5sqpp5xeq94uqlxg4vmsymfdekthkkdmfa…","service":"pinned","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"amount_msat":1000,"fee_msat":7,"hold":"01a3185c5000e405b000ccee7211677f","payment_hash":"36405af01f322acdc09b4b7365ded66ed3dee9cd751a4ef96c3c2b0ee7067838","preimage":"f37985f7f66eba38219c7e7989e1e63b85d1b85414ff8812509d60630ee16582"}"##
  ),
  "key.list": (
    ##"{}"##,
    ##"{"keys":[{"current":false,"loaded":true,"number":1,"records":0},{"current":true,"loaded":true,"number":2,"records":5}]}"##
  ),
  "key.reload": (
    ##"{}"##,
    ##"{"added":[2],"current":2,"keys":[1,2],"removed":[]}"##
  ),
  "key.reseal": (
    ##"{"key":1}"##,
    ##"{"key":1,"new_key":2,"records":5}"##
  ),
  "ledger.archive": (
    ##"{"older_than_s":86400}"##,
    ##"{"file":"/var/lib/purser/archives/grants-1807776000000.jsonl","grants":3,"holds":8}"##
  ),
  "ledger.backup": (
    ##"{"file":"/var/lib/purser/monday.backup"}"##,
    ##"{"bytes":204900,"events":42,"file":"/var/lib/purser/monday.backup","key":2,"last_time_ms":1807776000000,"sha256":"d618fb157a4b382e92fcd4a830c5fa8adef45a809543c524f7904e38f867dac8"}"##
  ),
  "ledger.verify": (
    ##"{}"##,
    ##"{"faults":[],"holds":0,"nodes":1,"ok":true}"##
  ),
  "operator.unlock": (
    ##"{"passphrase":"correct horse"}"##,
    ##"{"unlocked":true}"##
  ),
  "payment.book": (
    ##"{"idempotency_key":"book-1","node":"027b2110e4bf9e6aa5a9cdb570c60ea9","payment_hash":"e77b9a9ae9e30b0dbdb6f510a264ef9de781501d7b6b92ae89eb059c5ab743db"}"##,
    ##"{"hold":"01a4e7d8a8007a3a20947a820790488a","settled_msat":21012,"unbooked":1}"##
  ),
  "payment.list": (
    ##"{}"##,
    ##"{"payments":[{"amount_msat":1000,"fee_limit_msat":100,"hold":"01a3185c500020d959710f7240c45ca3","invoice_expires_at":1800003600,"node":"1a65b38ca494eafc21636363efec5f48","payment_hash":"5f36a84199a8b3b135e4435d2a9c45f572c0c153c11d45729cba6b11ee3ec3ef","sent_at_ms":1800000000000,"service":"bare","state":"unknown","stuck":false}]}"##
  ),
  "payment.reconcile": (
    ##"{"from_ms":1799999940000}"##,
    ##"{"agreeing":0,"differences":[],"from_ms":1799999940000,"ledger_msat":0,"listed":false,"until_ms":1800000000000,"wallet_msat":0}"##
  ),
  "payment.resolve": (
    ##"{"evidence":"the wallet's own list of payments","hold":"01a3185c500020d959710f7240c45ca3","outcome":"failed"}"##,
    ##"{"hold":"01a3185c500020d959710f7240c45ca3","released_msat":1100,"settled_msat":0}"##
  ),
  "policy.explain": (
    ##"{"amount_msat":15000,"service":"pinned","target":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"decision":"allow","levels":["1a65b38ca494eafc21636363efec5f48","d705a00b5b7820085eb010e4393e3967"],"rules":[{"level":0,"node":"1a65b38ca494eafc21636363efec5f48","rule":"ledger:state","says":"active; settled 17771msat, held 0sat","verdict":"passes"},{"level":0,"node":"1a65b38ca494eafc21636363efec5f48","rule":"caveat:valid_until","says":"valid_until=1800086400, and it is 1800000000","verdict":"passes"},{"level":0,"node":"1a65b38ca494eafc21636363efec5f48","rule":"policy:grant_lifetime","says":"2592000 s from its making on, so until 1802592000 (Unix seconds)","verdict":"passes"},{"level":0,"node":"1a65b38ca494eafc21636363efec5f48","rule":"caveat:services","says":"services=bare,data,pinned","verdict":"passes"},{"level":0,"node":"1a65b38ca494eafc21636363efec5f48","rule":"caveat:spend_msat","says":"500sat in all, of which 17771msat are used and 482229msat are left","verdict":"passes"},{"level":0,"node":"1a65b38ca494eafc21636363efec5f48","rule":"caveat:spend_msat","says":"100sat per 1h, of which 17771msat are used and 82229msat are left","verdict":"passes"},{"level":1,"node":"d705a00b5b7820085eb010e4393e3967","rule":"ledger:state","says":"active; settled 14sat, held 0sat","verdict":"passes"},{"level":1,"node":"d705a00b5b7820085eb010e4393e3967","rule":"caveat:spend_msat","says":"30sat as it was set, of which 14sat are used and 16sat are left","verdict":"passes"},{"rule":"policy:services","says":"'pinned' at http://pinned","verdict":"passes"},{"rule":"policy:price_ceiling","says":"20sat for one purchase","verdict":"passes"}]}"##
  ),
  "policy.reload": (
    ##"{}"##,
    ##"{"changes":["changed services.pinned"],"files":[{"name":"policy.yaml","sha256":"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812"}],"mistakes":[],"ok":true,"warnings":[]}"##
  ),
  "restore.compare": (
    ##"{}"##,
    ##"{"compared_by":"wallet","restored_at_ms":1807776000000,"settled":false,"since_ms":1807776000000,"unbooked":[{"amount_msat":21000,"fee_msat":12,"paid_at_ms":1807776000000,"payment_hash":"67586e98fad27da0b9968bc039a1ef34c939b9b8e523a8bef89d478608c5ecf6","state":"settled"},{"amount_msat":21000,"fee_msat":12,"paid_at_ms":1807776000000,"payment_hash":"e77b9a9ae9e30b0dbdb6f510a264ef9de781501d7b6b92ae89eb059c5ab743db","state":"settled"}]}"##
  ),
  "restore.status": (
    ##"{}"##,
    ##"{"compared_by":"wallet","restored_at_ms":1807776000000,"settled":false,"since_ms":1807776000000,"unbooked":[{"amount_msat":21000,"fee_msat":12,"paid_at_ms":1807776000000,"payment_hash":"67586e98fad27da0b9968bc039a1ef34c939b9b8e523a8bef89d478608c5ecf6","state":"settled"}]}"##
  ),
  "rpc.discover": (
    ##"{}"##,
    ##"{"components":{"errors":{"budget_exceeded":{"code":-32002,"data":{"properties":{"above":{"description":"True for a grant above the caller's, whose figures are hidden.","type":"boolean"},"asked_msat":{"description":"What was asked for, fee included; not for calls.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"msat"},"escrowed_msat":{"description":"Taken by escrows below and not spent; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"msat"},"held_msat":{"description":"Set aside; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"msat"},"limit":{"description":"Which limit.","enum":["spend_msat","payment_msat","calls"],"type":"string"},"limit_calls":{"description":"The limit on operations; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer"},"limit_msat":{"description":"The limit; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"msat"},"node":{"description":"The caller's own grant, if it is the one.","pattern":"^[0-9a-f]{32}$","type":"string"},"reason":{"description":"The stable word.","enum":["budget_exceeded"],"type":"string"},"remaining_msat":{"description":"What the limit leaves; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"msat"},"renews_at":{"description":"From when on as much fits, if nothing else is spent.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"Unix s"},"rule":{"description":"policy:grant_spend or policy:grant_payment, for a ceiling of the policy.","type":"string"},"settled_msat":{"description":"Spent, ever; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"msat"},"shortfall_msat":{"description":"What is missing; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"msat"},"used_calls":{"description":"How many count against it; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer"},"used_msat":{"description":"What counts against the limit already; of the caller's own grant alone.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"msat"},"window":{"description":"The limit's window, such as 1h.","type":"string"}},"required":["reason","limit"],"type":"object"},"message":"A limit of the caller's grant, or of one above it, leaves less."},"conflict":{"code":-32005,"data":{"properties":{"reason":{"description":"The stable word.","enum":["conflict"],"type":"string"}},"required":["reason"],"type":"object"},"message":"The key was used for another request, or a thing is in another state."},"expired":{"code":-32010,"data":{"properties":{"node":{"description":"The grant that is stopped, the topmost.","pattern":"^[0-9a-f]{32}$","type":"string"},"reason":{"description":"The stable word.","enum":["expired"],"type":"string"}},"required":["reason","node"],"type":"object"},"message":"The time of the caller's grant, or of one above it, is over."},"forbidden":{"code":-32003,"data":{"properties":{"reason":{"description":"The stable word.","enum":["forbidden"],"type":"string"},"rule":{"description":"What said no: caveat:NAME, policy:KEY, request:max_cost, request:max_fee, seller:token, grant:freeze, approval, restored, separation, operator_uids or operator:passphrase.","type":"string"}},"required":["reason","rule"],"type":"object"},"message":"A caveat of the token, or a rule of the policy, says no."},"frozen":{"code":-32010,"data":{"properties":{"node":{"description":"The grant that is stopped, the topmost.","pattern":"^[0-9a-f]{32}$","type":"string"},"reason":{"description":"The stable word.","enum":["frozen"],"type":"string"}},"required":["reason","node"],"type":"object"},"message":"The caller's grant, or one above it, is frozen."},"invalid_params":{"code":-32602,"data":{"properties":{"reason":{"description":"The stable word.","enum":["invalid_params"],"type":"string"}},"required":["reason"],"type":"object"},"message":"The method does not take these parameters."},"not_found":{"code":-32004,"data":{"properties":{"reason":{"description":"The stable word.","enum":["not_found"],"type":"string"}},"required":["reason"],"type":"object"},"message":"There is no such thing, or it is not the caller's to see."},"overloaded":{"code":-32009,"data":{"properties":{"reason":{"description":"The stable word.","enum":["overloaded"],"type":"string"},"retry_after_ms":{"description":"How long to wait before asking again.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"ms"}},"required":["reason","retry_after_ms"],"type":"object"},"message":"There is too much to do; ask again later."},"payment_failed":{"code":-32007,"data":{"properties":{"money_may_have_moved":{"description":"Always false: where it may have, the reason is payment_pending.","type":"boolean"},"reason":{"description":"The stable word.","enum":["payment_failed"],"type":"string"}},"required":["reason","money_may_have_moved"],"type":"object"},"message":"The payment failed, and nothing was paid."},"payment_pending":{"code":-32012,"data":{"properties":{"hold":{"description":"The payment's hold.","pattern":"^[0-9a-f]{32}$","type":"string"},"reason":{"description":"The stable word.","enum":["payment_pending"],"type":"string"},"retry_after_ms":{"description":"How long to wait before asking again.","maximum":9007199254740991,"minimum":0,"type":"integer","x-unit":"ms"}},"required":["reason","hold","retry_after_ms"],"type":"object"},"message":"A payment is under way; repeat with the same idempotency key."},"revoked":{"code":-32010,"data":{"properties":{"node":{"description":"The grant that is stopped, the topmost.","pattern":"^[0-9a-f]{32}$","type":"string"},"reason":{"description":"The stable word.","enum":["revoked"],"type":"string"}},"required":["reason","node"],"type":"object"},"message":"The caller's grant, or one above it, was revoked."},"storage":{"code":-32011,"data":{"properties":{"reason":{"description":"The stable word.","enum":["storage"],"type":"string"}},"required":["reason"],"type":"object"},"message":"The disk failed; nothing was changed."},"unauthenticated":{"code":-32001,"data":{"properties":{"cause":{"description":"What is wrong with the token.","enum":["no_token","malformed","too_long","unknown_key","bad_signature","foreign_caveat","caveat","too_deep","too_many_windows"],"type":"string"},"reason":{"description":"The stable word.","enum":["unauthenticated"],"type":"string"}},"required":["reason","cause"],"type":"object"},"message":"There is no grant token, or it is not one of this daemon's."},"upstream":{"code":-32008,"data":{"properties":{"reason":{"description":"The stable word.","enum":["upstream"],"type":"string"}},"required":["reason"],"type":"object"},"message":"The seller, or the wallet outside of a payment, did not do its part."}}},"info":{"description":"One wallet, shared by a team of agents. JSON-RPC 2.0 over two Unix sockets, one message or batch a line, or HTTP POST on the same sockets. Amounts are whole millisatoshi.","license":{"name":"Apache-2.0"},"title":"Purser","version":"0.1.0"},"methods":[],"openrpc":"1.3.2"}"##
  ),
  "service.list": (
    ##"{"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"services":[{"bring_challenges":"deny","challenge_path":"/","has_credential":false,"origins":["http://bare"],"price_ceiling_msat":50000,"roots":"shared","schemes":["l402","lsat","payment"],"service":"bare"},{"bring_challenges":"deny","challenge_path":"/","has_credential":false,"origins":["http://data"],"price_ceiling_msat":50000,"roots":"shared","schemes":["l402","lsat","payment"],"service":"data"},{"bring_challenges":"pinned","challenge_path":"/","has_credential":false,"origins":["http://pinned"],"roots":"shared","schemes":["l402","lsat","payment"],"service":"pinned"}]}"##
  ),
  "session.open": (
    ##"{"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"node":"1a65b38ca494eafc21636363efec5f48","valid_until":1800086400}"##
  ),
  "spend.charge": (
    ##"{"amount_msat":1500,"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"hold":"01a3185c500067a6dc315456997eb532","released_msat":0,"settled_msat":1500}"##
  ),
  "spend.extend": (
    ##"{"amount_msat":25000,"hold":"01a3185c50003c7ab19015aaafefd4b0","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"amount_msat":25000,"expires_at_ms":1800000120000,"hold":"01a3185c50003c7ab19015aaafefd4b0"}"##
  ),
  "spend.quote": (
    ##"{"amount_msat":50000,"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"passes":false,"refusal":{"asked_msat":50000,"escrowed_msat":0,"held_msat":0,"limit":"spend_msat","limit_msat":40000,"node":"d705a00b5b7820085eb010e4393e3967","reason":"budget_exceeded","remaining_msat":40000,"settled_msat":0,"shortfall_msat":10000,"used_msat":0}}"##
  ),
  "spend.release": (
    ##"{"hold":"01a3185c500019cdd1020c81a3328f83","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"hold":"01a3185c500019cdd1020c81a3328f83","released_msat":5000,"settled_msat":0}"##
  ),
  "spend.reserve": (
    ##"{"amount_msat":20000,"idempotency_key":"job-7","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…","ttl_s":120}"##,
    ##"{"amount_msat":20000,"expires_at_ms":1800000120000,"hold":"01a3185c50003c7ab19015aaafefd4b0"}"##
  ),
  "spend.settle": (
    ##"{"amount_msat":12500,"hold":"01a3185c50003c7ab19015aaafefd4b0","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"hold":"01a3185c50003c7ab19015aaafefd4b0","released_msat":12500,"settled_msat":12500}"##
  ),
  "system.info": (
    ##"{"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"network":"regtest","open_payments":0,"separation":"none","services":["bare","data","pinned"],"time_ms":1800000000000,"version":"0.1.0"}"##
  ),
  "token.attenuate": (
    ##"{"name":"worker","spend_msat":40000,"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"node":"d705a00b5b7820085eb010e4393e3967","token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…","valid_until":1800086400}"##
  ),
  "token.inspect": (
    ##"{"token":"purser1_AgEGcHVyc2VyAhkBAAAAAAAAAAEaZbOMpJTq_CFj…"}"##,
    ##"{"levels":[{"caveats":[{"condition":"name","enforced_by":"advisory","value":"research"},{"condition":"spend_msat","enforced_by":"purser","value":"500000"},{"condition":"spend_msat","enforced_by":"purser","value":"100000/1h"},{"condition":"services","enforced_by":"purser","value":"data,pinned,bare"},{"condition":"valid_until","enforced_by":"purser","value":"1800086400"}],"node":"1a65b38ca494eafc21636363efec5f48"},{"caveats":[{"condition":"name","enforced_by":"advisory","value":"worker"},{"condition":"spend_msat","enforced_by":"purser","value":"40000"}],"node":"d705a00b5b7820085eb010e4393e3967"}],"node":"d705a00b5b7820085eb010e4393e3967","services":["bare","data","pinned"],"state":"active","valid_until":1800086400}"##
  ),
  "vault.export": (
    ##"{"credential":"d153e8a145f065aa099dbfde782d9154"}"##,
    ##"{"authorization":"L402 AgJCAABb5OTeaxISxgqN+/GsNt/aL87JlraSXrtqJy8…","credential":"d153e8a145f065aa099dbfde782d9154","domain":"data","service":"data","stored_token":"AAAAsgICQgAAW+Tk3msSEsYKjfvxrDbf2i/OyZa2kl67aicvIRKlSzMXuWOcme67i/J9xZmkrnYqzPBYQ82NkmJwCY35QD9sgwACD3NlcnZpY2VzPWRhdGE6MAACFmRhdGFfY2FwYWJpbGl0aWVzPXJlYWQAAhtkYXRhX3ZhbGlkX3VudGlsPTE4MDAwMDA2MDAAAAYguqQ2Q258Bw0BweozU6Xy35sHkut0N8EHi65k6neTKWdb5OTeaxISxgqN+/GsNt/aL87JlraSXrtqJy8hEqVLMxHLkAza/x9sMoiHDFYWT74S81yjqDKwEacjbuO6lZtpAAAAAAAAAAAAAAAAAAAAABj64naTtAAA"}"##
  ),
  "vault.import": (
    ##"{"authorization":"L402 AgJCAABb5OTeaxISxgqN+/GsNt/aL87JlraSXrtqJy8…","service":"data"}"##,
    ##"{"capabilities":[],"cost_msat":0,"credential":"d153e8a145f065aa099dbfde782d9154","payment_hash":"5be4e4de6b1212c60a8dfbf1ac36dfda2fcec996b6925ebb6a272f2112a54b33","service":"data","state":"active","valid_until":1800000600}"##
  ),
  "vault.list": (
    ##"{"service":"data"}"##,
    ##"{"credentials":[{"bought_by":"1a65b38ca494eafc21636363efec5f48","capabilities":[],"cost_msat":1007,"credential":"256d4d9c16ed70ed688a0d5602367d3c","payment_hash":"5be4e4de6b1212c60a8dfbf1ac36dfda2fcec996b6925ebb6a272f2112a54b33","service":"data","state":"active"},{"capabilities":[],"cost_msat":0,"credential":"d153e8a145f065aa099dbfde782d9154","payment_hash":"5be4e4de6b1212c60a8dfbf1ac36dfda2fcec996b6925ebb6a272f2112a54b33","service":"data","state":"active","valid_until":1800000600}]}"##
  ),
  "vault.remove": (
    ##"{"credential":"d153e8a145f065aa099dbfde782d9154"}"##,
    ##"{"credential":"d153e8a145f065aa099dbfde782d9154"}"##
  ),
  "wallet.examine": (
    ##"{}"##,
    ##"{"allowed":["pay","look_up","list","balance"],"excess":["onchain:read"],"fee_reserve_msat":0,"kind":"scripted","name":"test","open":[],"refused":["receive"],"software":"lnd 0.19.2-beta"}"##
  ),
  "wallet.info": (
    ##"{}"##,
    ##"{"kind":"scripted","name":"test"}"##
  ),
  "wallet.invoice": (
    ##"{"amount_msat":1000000,"description":"team"}"##,
    ##"{"invoice":"lnbcrt10u1p45n5sqpp5f063yte5g42v2w7796ace54hu0gk…"}"##
  ),
]
