BEGIN TRANSACTION;
CREATE TABLE activation (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	parameters TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	family TEXT NOT NULL, 
	shape_class TEXT NOT NULL, 
	formula TEXT NOT NULL, 
	latex TEXT NOT NULL, 
	source TEXT NOT NULL, 
	CONSTRAINT pk_activation PRIMARY KEY (id), 
	CONSTRAINT uq_activation_name_parameters_version UNIQUE (name, parameters, version)
)
 STRICT

;
INSERT INTO "activation" VALUES(1,'gelu','{}',1,'smooth','elementwise','x Φ(x)','x\,\Phi(x)','Hendrycks and Gimpel 2016, arXiv:1606.08415');
CREATE TABLE bench_service_schema (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT bench_service_schema_pkc PRIMARY KEY (version_num)
);
INSERT INTO "bench_service_schema" VALUES('v0_1_0');
CREATE TABLE ci_benchmark (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	fullname TEXT NOT NULL, 
	group_name TEXT NOT NULL, 
	parameters TEXT NOT NULL, 
	extra_info TEXT NOT NULL, 
	n_rounds INTEGER NOT NULL, 
	iterations INTEGER NOT NULL, 
	times_ns BLOB NOT NULL, 
	stats TEXT NOT NULL, 
	CONSTRAINT pk_ci_benchmark PRIMARY KEY (id), 
	CONSTRAINT uq_ci_benchmark_run_id_fullname UNIQUE (run_id, fullname), 
	CONSTRAINT fk_ci_benchmark_run_id FOREIGN KEY(run_id) REFERENCES run (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "ci_benchmark" VALUES(1,2,'test_relu','tests/test_a.py::test_relu','','{}','{}',3,2,X'08000000000000F83F0000000000000440000000000000F87F','{"median":2.0}');
CREATE TABLE environment (
	id INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	hardware_id INTEGER NOT NULL, 
	software_id INTEGER NOT NULL, 
	CONSTRAINT pk_environment PRIMARY KEY (id), 
	CONSTRAINT uq_environment_fingerprint UNIQUE (fingerprint), 
	CONSTRAINT uq_environment_hardware_id_software_id UNIQUE (hardware_id, software_id), 
	CONSTRAINT fk_environment_hardware_id FOREIGN KEY(hardware_id) REFERENCES hardware (id), 
	CONSTRAINT fk_environment_software_id FOREIGN KEY(software_id) REFERENCES software (id)
)
 STRICT

;
INSERT INTO "environment" VALUES(1,'4fac633e2001f273',1,1);
CREATE TABLE hardware (
	id INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	label TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_hardware PRIMARY KEY (id), 
	CONSTRAINT uq_hardware_fingerprint UNIQUE (fingerprint)
)
 STRICT

;
INSERT INTO "hardware" VALUES(1,'040f5f01292dba3e','AMD EPYC, 2 cores','{"cores":2,"cpu_model":"AMD EPYC"}');
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
)
 STRICT

;
INSERT INTO "meta" VALUES('format','bench-service store');
INSERT INTO "meta" VALUES('times','columns that end in _at: microseconds since 1970-01-01, UTC');
INSERT INTO "meta" VALUES('documents','facts, parameters, code, state, stats and *_document: JSON, keys sorted, no NaN');
INSERT INTO "meta" VALUES('arrays','a codec byte, then little-endian numbers in measured order; the byte is the width of a number in bytes (1, 2, 4 or 8), plus 16 where they are compressed by zlib; integers are signed, times_ns of ci_benchmark is IEEE 754');
INSERT INTO "meta" VALUES('block_flags','bits of timing_block.flags: 1 warm-up, 2 preempted, 4 device throttled; flagged blocks are kept and left out of estimates');
CREATE TABLE quantity (
	symbol TEXT NOT NULL, 
	long_name TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	better TEXT NOT NULL, 
	CONSTRAINT pk_quantity PRIMARY KEY (symbol), 
	CONSTRAINT ck_quantity_better CHECK (better IN ('lower', 'higher', 'neither'))
)
 STRICT

;
INSERT INTO "quantity" VALUES('time_ns','time per call','ns','lower');
INSERT INTO "quantity" VALUES('ratio','time relative to ReLU in the same rounds','1','lower');
INSERT INTO "quantity" VALUES('aa_ratio','ReLU relative to itself','1','neither');
INSERT INTO "quantity" VALUES('bytes_per_s','bytes moved per second','B/s','higher');
INSERT INTO "quantity" VALUES('fraction_of_copy','share of a copy''s speed','1','higher');
INSERT INTO "quantity" VALUES('saved_bytes_per_element','bytes kept for the backward pass per element','B','lower');
INSERT INTO "quantity" VALUES('faults_per_call','page faults per call','1','lower');
INSERT INTO "quantity" VALUES('compile_time_ns','time to compile','ns','lower');
INSERT INTO "quantity" VALUES('step_time_ns','time of a training step','ns','lower');
CREATE TABLE run (
	id INTEGER NOT NULL, 
	uid TEXT NOT NULL, 
	label TEXT, 
	suite TEXT NOT NULL, 
	suite_document TEXT NOT NULL, 
	"trigger" TEXT NOT NULL, 
	status TEXT NOT NULL, 
	started_at INTEGER NOT NULL, 
	finished_at INTEGER, 
	environment_id INTEGER NOT NULL, 
	seed INTEGER NOT NULL, 
	engine_version TEXT NOT NULL, 
	code TEXT NOT NULL, 
	state TEXT NOT NULL, 
	idempotency_key TEXT, 
	n_planned INTEGER NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT uq_run_uid UNIQUE (uid), 
	CONSTRAINT ck_run_trigger CHECK ("trigger" IN ('cli', 'ci', 'api', 'import')), 
	CONSTRAINT ck_run_status CHECK (status IN ('running', 'done', 'partial', 'failed', 'interrupted')), 
	CONSTRAINT ck_run_finished CHECK ((status = 'running') = (finished_at IS NULL)), 
	CONSTRAINT fk_run_environment_id FOREIGN KEY(environment_id) REFERENCES environment (id)
)
 STRICT

;
INSERT INTO "run" VALUES(1,'0t1m1ng000','golden','quick','{"name":"quick"}','cli','partial',1767323045678901,1767323165678901,1,7,'0.1.0','{"dirty":false,"sha":"55a9869"}','{"load_average":[0.5,0.25,0]}',NULL,2);
INSERT INTO "run" VALUES(2,'0c0ci00000',NULL,'pytest','{}','ci','done',1767330245678901,1767333845678901,1,0,'','{}','{}','job-1',0);
CREATE TABLE software (
	id INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	label TEXT NOT NULL, 
	torch_version TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_software PRIMARY KEY (id), 
	CONSTRAINT uq_software_fingerprint UNIQUE (fingerprint)
)
 STRICT

;
INSERT INTO "software" VALUES(1,'a65af5af159eb569','','2.13.0','{"packages":{"torch":"2.13.0"},"python":"3.11.7"}');
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('activation','sqlite_autoindex_activation_1','1 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('timing_block','sqlite_autoindex_timing_block_1','4 2 1');
CREATE TABLE timing_block (
	id INTEGER NOT NULL, 
	part_id INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	role TEXT NOT NULL, 
	case_id INTEGER, 
	n_calls INTEGER NOT NULL, 
	wall_ns BLOB NOT NULL, 
	cpu_ns BLOB NOT NULL, 
	position BLOB NOT NULL, 
	involuntary_switches BLOB NOT NULL, 
	minor_faults BLOB NOT NULL, 
	flags BLOB NOT NULL, 
	CONSTRAINT pk_timing_block PRIMARY KEY (id), 
	CONSTRAINT uq_timing_block_part_id_label UNIQUE (part_id, label), 
	CONSTRAINT ck_timing_block_role CHECK (role IN ('case', 'reference', 'alias', 'copy', 'floor')), 
	CONSTRAINT fk_timing_block_part_id FOREIGN KEY(part_id) REFERENCES timing_part (id) ON DELETE CASCADE, 
	CONSTRAINT fk_timing_block_case_id FOREIGN KEY(case_id) REFERENCES timing_case (id)
)
 STRICT

;
INSERT INTO "timing_block" VALUES(1,1,'gelu','case',1,12,X'04888A0100708E0100',X'04948801007C8C0100',X'010001',X'010000',X'010000',X'010101');
INSERT INTO "timing_block" VALUES(2,1,'copy','copy',NULL,12,X'0450C3000051C30000',X'045CC100005DC10000',X'010001',X'010000',X'010000',X'010101');
INSERT INTO "timing_block" VALUES(3,2,'gelu','case',1,12,X'0894880100000000000000000000010000',X'08A0860100000000000CFEFFFFFF000000',X'010001',X'010000',X'010000',X'010101');
INSERT INTO "timing_block" VALUES(4,2,'copy','copy',NULL,12,X'01FF00',X'020BFE0CFE',X'010001',X'010000',X'010000',X'010101');
CREATE TABLE timing_case (
	id INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	group_fingerprint TEXT NOT NULL, 
	activation TEXT NOT NULL, 
	parameters TEXT NOT NULL, 
	backend TEXT NOT NULL, 
	pass_name TEXT NOT NULL, 
	dtype TEXT NOT NULL, 
	numel INTEGER NOT NULL, 
	condition TEXT NOT NULL, 
	layout TEXT NOT NULL, 
	threads INTEGER NOT NULL, 
	input TEXT NOT NULL, 
	CONSTRAINT pk_timing_case PRIMARY KEY (id), 
	CONSTRAINT uq_timing_case_fingerprint UNIQUE (fingerprint)
)
 STRICT

;
INSERT INTO "timing_case" VALUES(1,'1d04231d158c9174','1bc55602dc6432bf','gelu','{}','cpu-eager','forward','float32',1024,'default','contiguous',1,'normal');
INSERT INTO "timing_case" VALUES(2,'1a9b2c58676f54b9','1bc55602dc6432bf','elu','{"alpha":2.0}','cpu-eager','forward','float32',1024,'default','contiguous',1,'normal');
INSERT INTO "timing_case" VALUES(3,'7cc5f17d8783c4e9','1bc55602dc6432bf','copy','{}','cpu-eager','forward','float32',1024,'default','contiguous',1,'normal');
CREATE TABLE timing_outcome (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	activation_id INTEGER, 
	label TEXT NOT NULL, 
	role TEXT NOT NULL, 
	status TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	n_calls INTEGER NOT NULL, 
	saved_bytes_per_element REAL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_timing_outcome PRIMARY KEY (id), 
	CONSTRAINT uq_timing_outcome_run_id_case_id_role UNIQUE (run_id, case_id, role), 
	CONSTRAINT ck_timing_outcome_role CHECK (role IN ('case', 'reference', 'alias', 'copy', 'floor')), 
	CONSTRAINT ck_timing_outcome_status CHECK (status IN ('ok', 'failed', 'skipped')), 
	CONSTRAINT fk_timing_outcome_run_id FOREIGN KEY(run_id) REFERENCES run (id) ON DELETE CASCADE, 
	CONSTRAINT fk_timing_outcome_case_id FOREIGN KEY(case_id) REFERENCES timing_case (id), 
	CONSTRAINT fk_timing_outcome_activation_id FOREIGN KEY(activation_id) REFERENCES activation (id)
)
 STRICT

;
INSERT INTO "timing_outcome" VALUES(1,1,1,1,'gelu','case','ok','',12,4.0,'{"call_time_ns":8400.5}');
INSERT INTO "timing_outcome" VALUES(2,1,3,NULL,'copy','copy','ok','',12,NULL,'{}');
INSERT INTO "timing_outcome" VALUES(3,1,2,NULL,'elu(alpha=2)','case','failed','the gradient differs',0,NULL,'{}');
CREATE TABLE timing_part (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	group_fingerprint TEXT NOT NULL, 
	process_ix INTEGER NOT NULL, 
	part INTEGER NOT NULL, 
	is_last INTEGER NOT NULL, 
	n_rounds INTEGER NOT NULL, 
	seed INTEGER NOT NULL, 
	started_at INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_timing_part PRIMARY KEY (id), 
	CONSTRAINT uq_timing_part_run_id_group_fingerprint_process_ix_part UNIQUE (run_id, group_fingerprint, process_ix, part), 
	CONSTRAINT fk_timing_part_run_id FOREIGN KEY(run_id) REFERENCES run (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "timing_part" VALUES(1,1,'1bc55602dc6432bf',0,0,0,2,3,1767323046000000,'ok','','{"steal_ns":0}');
INSERT INTO "timing_part" VALUES(2,1,'1bc55602dc6432bf',0,1,1,2,3,1767323046000000,'ok','','{"steal_ns":5}');
CREATE INDEX ix_run_started_at ON run (started_at);
CREATE INDEX ix_run_label ON run (label);
CREATE INDEX ix_run_environment_id ON run (environment_id);
CREATE UNIQUE INDEX uq_run_idempotency_key ON run (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX ix_timing_case_group_fingerprint ON timing_case (group_fingerprint);
CREATE INDEX ix_timing_outcome_case_id ON timing_outcome (case_id);
CREATE INDEX ix_timing_outcome_activation_id ON timing_outcome (activation_id);
CREATE INDEX ix_ci_benchmark_fullname ON ci_benchmark (fullname);
COMMIT;
