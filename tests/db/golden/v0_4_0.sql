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
INSERT INTO "activation" VALUES(2,'leaky_relu','{"negative_slope":0.01}',2,'rectified','elementwise','max(x, a x)','\max(x, a x)','Maas et al. 2013');
CREATE TABLE bench_service_schema (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT bench_service_schema_pkc PRIMARY KEY (version_num)
);
INSERT INTO "bench_service_schema" VALUES('v0_4_0');
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
CREATE TABLE firing (
	id INTEGER NOT NULL, 
	schedule TEXT NOT NULL, 
	due_at INTEGER NOT NULL, 
	decided_at INTEGER NOT NULL, 
	job_uid TEXT, 
	note TEXT NOT NULL, 
	told_at INTEGER, 
	CONSTRAINT pk_firing PRIMARY KEY (id), 
	CONSTRAINT uq_firing_schedule_due_at UNIQUE (schedule, due_at)
)
 STRICT

;
INSERT INTO "firing" VALUES(1,'nightly',1777777200000000,1777863600000000,NULL,'missed; a later one was due',NULL);
INSERT INTO "firing" VALUES(2,'nightly',1777863600000000,1777863601000000,'0c1job0000','',NULL);
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
CREATE TABLE job (
	id INTEGER NOT NULL, 
	uid TEXT NOT NULL, 
	label TEXT, 
	suite TEXT NOT NULL, 
	document TEXT NOT NULL, 
	route TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	protocol INTEGER NOT NULL, 
	schedule TEXT, 
	due_at INTEGER, 
	submitted_by TEXT NOT NULL, 
	submitted_at INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	ended_at INTEGER, 
	run_id INTEGER, 
	told_at INTEGER, 
	CONSTRAINT pk_job PRIMARY KEY (id), 
	CONSTRAINT uq_job_uid UNIQUE (uid), 
	CONSTRAINT ck_job_status CHECK (status IN ('queued', 'running', 'done', 'partial', 'failed', 'cancelled')), 
	CONSTRAINT ck_job_ended CHECK ((status IN ('queued', 'running')) = (ended_at IS NULL)), 
	CONSTRAINT fk_job_run_id FOREIGN KEY(run_id) REFERENCES run (id) ON DELETE SET NULL
)
 STRICT

;
INSERT INTO "job" VALUES(1,'0c1job0000',NULL,'smoke','{"folder":"/home/ann","protocol":1,"seed":7,"suite":{"name":"smoke"}}','cpu',0,1,'nightly',1777863600000000,'scheduler@lab',1777863601000000,'done','',1777863641000000,4,NULL);
INSERT INTO "job" VALUES(2,'0c1job0001','golden-job','quick','{"folder":"/home/ann","protocol":1,"seed":7,"suite":{"name":"quick"}}','gpu:NVIDIA H200',-1,1,NULL,NULL,'ann@lab',1777867200000000,'failed','three workers were lost with it',1777870800000000,NULL,NULL);
INSERT INTO "job" VALUES(3,'0c1job0002',NULL,'smoke','{"folder":"/home/ann","protocol":1,"seed":7,"suite":{"name":"smoke"}}','host:lab',0,1,NULL,NULL,'ann@lab',1777874400000000,'queued','',NULL,NULL,NULL);
CREATE TABLE job_attempt (
	id INTEGER NOT NULL, 
	job_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	worker TEXT NOT NULL, 
	started_at INTEGER NOT NULL, 
	ended_at INTEGER, 
	outcome TEXT, 
	reason TEXT NOT NULL, 
	log TEXT NOT NULL, 
	worker_cpu_s REAL, 
	CONSTRAINT pk_job_attempt PRIMARY KEY (id), 
	CONSTRAINT uq_job_attempt_job_id_number UNIQUE (job_id, number), 
	CONSTRAINT ck_job_attempt_outcome CHECK (outcome IN ('done', 'partial', 'failed', 'released', 'cancelled', 'lost')), 
	CONSTRAINT ck_job_attempt_ended CHECK ((ended_at IS NULL) = (outcome IS NULL)), 
	CONSTRAINT fk_job_attempt_job_id FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "job_attempt" VALUES(1,1,1,'lab/a',1777863601000000,1777863641000000,'done','','1 case
',0.25);
INSERT INTO "job_attempt" VALUES(2,2,1,'lab/a',1777867201000000,1777869000000000,'released','the worker was stopped','',1.5);
INSERT INTO "job_attempt" VALUES(3,2,2,'lab/b',1777869060000000,1777870800000000,'lost','silent for 60 s','',NULL);
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
INSERT INTO "meta" VALUES('neuron_mask_bits','bits of neuron_mask: one bit a unit, the first unit in the highest bit of the first byte; every checkpoint begins on a new byte, in the order of steps');
INSERT INTO "meta" VALUES('service','document of job and schedule, routes and progress of worker: JSON, keys sorted, no NaN; boot_time and process_started of worker: seconds since 1970-01-01, UTC; a job''s run_id is null before it led to a run, and after that run was deleted');
CREATE TABLE neuron_curve (
	id INTEGER NOT NULL, 
	outcome_id INTEGER NOT NULL, 
	layer TEXT NOT NULL, 
	metric TEXT NOT NULL, 
	n_units INTEGER NOT NULL, 
	n_probe INTEGER NOT NULL, 
	steps BLOB NOT NULL, 
	metric_values BLOB NOT NULL, 
	CONSTRAINT pk_neuron_curve PRIMARY KEY (id), 
	CONSTRAINT uq_neuron_curve_outcome_id_layer_metric_n_probe UNIQUE (outcome_id, layer, metric, n_probe), 
	CONSTRAINT fk_neuron_curve_outcome_id FOREIGN KEY(outcome_id) REFERENCES training_outcome (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "neuron_curve" VALUES(1,1,'act1','grad_dead',10,512,X'0200009001',X'089A9999999999C93F333333333333D33F');
INSERT INTO "neuron_curve" VALUES(2,1,'network','sparsity',20,512,X'0200009001',X'08000000000000E03F000000000000E03F');
CREATE TABLE neuron_mask (
	id INTEGER NOT NULL, 
	outcome_id INTEGER NOT NULL, 
	layer TEXT NOT NULL, 
	metric TEXT NOT NULL, 
	n_units INTEGER NOT NULL, 
	steps BLOB NOT NULL, 
	bits BLOB NOT NULL, 
	CONSTRAINT pk_neuron_mask PRIMARY KEY (id), 
	CONSTRAINT uq_neuron_mask_outcome_id_layer_metric UNIQUE (outcome_id, layer, metric), 
	CONSTRAINT fk_neuron_mask_outcome_id FOREIGN KEY(outcome_id) REFERENCES training_outcome (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "neuron_mask" VALUES(1,1,'act1','grad_dead',10,X'0200009001',X'8040E000');
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
CREATE TABLE "run" (
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
	CONSTRAINT ck_run_finished CHECK ((status = 'running') = (finished_at IS NULL)), 
	CONSTRAINT fk_run_environment_id FOREIGN KEY(environment_id) REFERENCES environment (id), 
	CONSTRAINT uq_run_uid UNIQUE (uid), 
	CONSTRAINT ck_run_status CHECK (status IN ('running', 'done', 'partial', 'failed', 'interrupted')), 
	CONSTRAINT ck_run_trigger CHECK ("trigger" IN ('cli', 'ci', 'api', 'import', 'job'))
)
 STRICT

;
INSERT INTO "run" VALUES(1,'0t1m1ng000','golden','quick','{"name":"quick"}','cli','partial',1767323045678901,1767323165678901,1,7,'0.1.0','{"dirty":false,"sha":"55a9869"}','{"load_average":[0.5,0.25,0]}',NULL,2);
INSERT INTO "run" VALUES(2,'0c0ci00000',NULL,'pytest','{}','ci','done',1767330245678901,1767333845678901,1,0,'','{}','{}','job-1',0);
INSERT INTO "run" VALUES(3,'0trained00','golden-training','standard','{"name":"standard"}','cli','partial',1767333845678901,1767333965678901,1,7,'0.2.0','{"dirty":false,"sha":"0b3f785"}','{"load_1m":0.5}',NULL,3);
INSERT INTO "run" VALUES(4,'0c1jrun000',NULL,'smoke','{"name":"smoke"}','job','done',1777863602000000,1777863640000000,1,7,'0.3.0','{}','{}','0c1job0000',1);
CREATE TABLE schedule (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	cron TEXT NOT NULL, 
	time_zone TEXT NOT NULL, 
	document TEXT NOT NULL, 
	route TEXT NOT NULL, 
	missed TEXT NOT NULL, 
	created_at INTEGER NOT NULL, 
	created_by TEXT NOT NULL, 
	enabled INTEGER NOT NULL, 
	removed_at INTEGER, 
	CONSTRAINT pk_schedule PRIMARY KEY (id), 
	CONSTRAINT uq_schedule_name UNIQUE (name), 
	CONSTRAINT ck_schedule_missed CHECK (missed IN ('skip', 'once', 'all'))
)
 STRICT

;
INSERT INTO "schedule" VALUES(1,'nightly','0 5 * * *','Europe/Berlin','{"folder":"/home/ann","protocol":1,"seed":7,"suite":{"name":"smoke"}}','cpu','once',1777856400000000,'ann@lab',1,NULL);
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
INSERT INTO "sqlite_stat1" VALUES('neuron_mask','sqlite_autoindex_neuron_mask_1','1 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('training_outcome','ix_training_outcome_activation_id','3 2');
INSERT INTO "sqlite_stat1" VALUES('training_outcome','ix_training_outcome_workload_id','3 2');
INSERT INTO "sqlite_stat1" VALUES('training_outcome','ix_training_outcome_case_id','3 1');
INSERT INTO "sqlite_stat1" VALUES('training_outcome','sqlite_autoindex_training_outcome_1','3 3 1');
INSERT INTO "sqlite_stat1" VALUES('timing_part','sqlite_autoindex_timing_part_1','2 2 2 2 1');
INSERT INTO "sqlite_stat1" VALUES('neuron_curve','sqlite_autoindex_neuron_curve_1','2 2 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('timing_outcome','ix_timing_outcome_activation_id','3 2');
INSERT INTO "sqlite_stat1" VALUES('timing_outcome','ix_timing_outcome_case_id','3 1');
INSERT INTO "sqlite_stat1" VALUES('timing_outcome','sqlite_autoindex_timing_outcome_1','3 3 1 1');
INSERT INTO "sqlite_stat1" VALUES('training_curve','sqlite_autoindex_training_curve_1','3 2 1 1');
INSERT INTO "sqlite_stat1" VALUES('ci_benchmark','ix_ci_benchmark_fullname','1 1');
INSERT INTO "sqlite_stat1" VALUES('ci_benchmark','sqlite_autoindex_ci_benchmark_1','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('job','ix_job_run_id','3 2');
INSERT INTO "sqlite_stat1" VALUES('job','ix_job_status','3 1');
INSERT INTO "sqlite_stat1" VALUES('job','ix_job_submitted_at','3 1');
INSERT INTO "sqlite_stat1" VALUES('job','ix_job_schedule','3 2');
INSERT INTO "sqlite_stat1" VALUES('job','sqlite_autoindex_job_1','3 1');
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
CREATE TABLE training_case (
	id INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	workload TEXT NOT NULL, 
	workload_version INTEGER NOT NULL, 
	activation TEXT NOT NULL, 
	parameters TEXT NOT NULL, 
	backend TEXT NOT NULL, 
	init TEXT NOT NULL, 
	optimizer TEXT NOT NULL, 
	lr REAL NOT NULL, 
	lr_role TEXT NOT NULL, 
	seed INTEGER NOT NULL, 
	CONSTRAINT pk_training_case PRIMARY KEY (id), 
	CONSTRAINT uq_training_case_fingerprint UNIQUE (fingerprint), 
	CONSTRAINT ck_training_case_lr_role CHECK (lr_role IN ('tune', 'eval', 'default', 'sweep'))
)
 STRICT

;
INSERT INTO "training_case" VALUES(1,'43f411403e839d4d','digits_mlp',1,'mine','{}','cpu-eager','gain','adam',0.01,'tune',1000);
INSERT INTO "training_case" VALUES(2,'57031f32985020e4','lr_stress',1,'relu','{}','cpu-eager','gain','sgd',10.0,'sweep',3);
INSERT INTO "training_case" VALUES(3,'e67f75c3d43d88c1','digits_mlp',1,'leaky_relu','{"negative_slope":0.25}','cpu-eager','gain','adam',0.01,'eval',0);
CREATE TABLE training_curve (
	id INTEGER NOT NULL, 
	outcome_id INTEGER NOT NULL, 
	split TEXT NOT NULL, 
	metric TEXT NOT NULL, 
	steps BLOB NOT NULL, 
	metric_values BLOB NOT NULL, 
	CONSTRAINT pk_training_curve PRIMARY KEY (id), 
	CONSTRAINT uq_training_curve_outcome_id_split_metric UNIQUE (outcome_id, split, metric), 
	CONSTRAINT fk_training_curve_outcome_id FOREIGN KEY(outcome_id) REFERENCES training_outcome (id) ON DELETE CASCADE
)
 STRICT

;
INSERT INTO "training_curve" VALUES(1,1,'val','loss',X'020000C8009001',X'080000000000000440000000000000E03F000000000000D03F');
INSERT INTO "training_curve" VALUES(2,1,'train','loss',X'0200000A0014001E00280032003C00460050005A0064006E00780082008C009600A000AA00B400BE00C800D200DC00E600F000FA0004010E01180122012C01360140014A0154015E01680172017C01860190019A01A401AE01B801C201CC01D601E001EA01F401FE01080212021C02260230023A0244024E02580262026C027602',X'18789C6360008107F60CA3F488A40126E947C1');
INSERT INTO "training_curve" VALUES(3,2,'train','loss',X'01000A14',X'080000000000000440000000000000F07F000000000000F87F');
CREATE TABLE training_outcome (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	workload_id INTEGER NOT NULL, 
	activation_id INTEGER, 
	status TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	steps INTEGER NOT NULL, 
	best_step INTEGER, 
	val_loss REAL, 
	val_accuracy REAL, 
	test_loss REAL, 
	test_accuracy REAL, 
	steps_to_target INTEGER, 
	grad_dead REAL, 
	zero_dead REAL, 
	off_pinned REAL, 
	sparsity REAL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_training_outcome PRIMARY KEY (id), 
	CONSTRAINT uq_training_outcome_run_id_case_id UNIQUE (run_id, case_id), 
	CONSTRAINT ck_training_outcome_status CHECK (status IN ('ok', 'diverged', 'timeout', 'error', 'skipped')), 
	CONSTRAINT fk_training_outcome_run_id FOREIGN KEY(run_id) REFERENCES run (id) ON DELETE CASCADE, 
	CONSTRAINT fk_training_outcome_case_id FOREIGN KEY(case_id) REFERENCES training_case (id), 
	CONSTRAINT fk_training_outcome_workload_id FOREIGN KEY(workload_id) REFERENCES workload (id), 
	CONSTRAINT fk_training_outcome_activation_id FOREIGN KEY(activation_id) REFERENCES activation (id)
)
 STRICT

;
INSERT INTO "training_outcome" VALUES(1,3,3,1,2,'ok','',400,380,0.25,0.96875,0.3,0.95,120,0.125,0.1,0.05,0.5,'{"probe_hash":"d41d8cd9","threads":1}');
INSERT INTO "training_outcome" VALUES(2,3,2,2,NULL,'diverged','the loss became infinite at step 20',20,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}');
INSERT INTO "training_outcome" VALUES(3,3,1,1,NULL,'error','the module changes its input',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'{}');
CREATE TABLE worker (
	id INTEGER NOT NULL, 
	identity TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	boot_time REAL NOT NULL, 
	process_started REAL NOT NULL, 
	routes TEXT NOT NULL, 
	version TEXT NOT NULL, 
	protocol INTEGER NOT NULL, 
	started_at INTEGER NOT NULL, 
	beat_at INTEGER NOT NULL, 
	n_beats INTEGER NOT NULL, 
	job_uid TEXT, 
	progress TEXT, 
	cpu_s REAL NOT NULL, 
	rss_bytes INTEGER, 
	stopped_at INTEGER, process_space TEXT, 
	CONSTRAINT pk_worker PRIMARY KEY (id), 
	CONSTRAINT uq_worker_identity UNIQUE (identity)
)
 STRICT

;
INSERT INTO "worker" VALUES(1,'lab/a','lab',4711,1777777777.25,1777800000.5,'["cpu","host:lab"]','0.3.0',1,1777860000000000,1777874400000000,1440,NULL,NULL,12.5,134217728,NULL,'9c5e0a52-5f2a-4d0e-8f7e-1d7a5b1f0a11 pid:[4026531836]');
INSERT INTO "worker" VALUES(2,'lab/b','lab',4712,1777777777.25,1777800001.5,'["gpu:NVIDIA H200"]','0.3.0',1,1777860000000000,1777869600000000,960,'0c1job0001','{"now":"gelu","share":0.5}',9.0,NULL,1777869660000000,NULL);
CREATE TABLE workload (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	description TEXT NOT NULL, 
	source TEXT NOT NULL, 
	metric TEXT NOT NULL, 
	better TEXT NOT NULL, 
	chance REAL, 
	target_metric TEXT, 
	target REAL, 
	target_version INTEGER NOT NULL, 
	n_steps INTEGER NOT NULL, 
	batch_size INTEGER NOT NULL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_workload PRIMARY KEY (id), 
	CONSTRAINT uq_workload_name_version_target_version UNIQUE (name, version, target_version), 
	CONSTRAINT ck_workload_better CHECK (better IN ('lower', 'higher', 'neither'))
)
 STRICT

;
INSERT INTO "workload" VALUES(1,'digits_mlp',1,'Handwritten digits of 8 by 8 pixels, two hidden layers','scikit-learn: load_digits','val_accuracy','higher',0.1,'val_accuracy',0.95,1,400,64,'{"n_train":1000}');
INSERT INTO "workload" VALUES(2,'lr_stress',1,'Learning rates up to divergence','Glorot and Bengio 2010','val_loss','lower',NULL,NULL,NULL,0,100,32,'{}');
CREATE INDEX ix_timing_case_group_fingerprint ON timing_case (group_fingerprint);
CREATE INDEX ix_timing_outcome_case_id ON timing_outcome (case_id);
CREATE INDEX ix_timing_outcome_activation_id ON timing_outcome (activation_id);
CREATE INDEX ix_ci_benchmark_fullname ON ci_benchmark (fullname);
CREATE INDEX ix_training_case_workload ON training_case (workload);
CREATE INDEX ix_training_outcome_case_id ON training_outcome (case_id);
CREATE INDEX ix_training_outcome_workload_id ON training_outcome (workload_id);
CREATE INDEX ix_training_outcome_activation_id ON training_outcome (activation_id);
CREATE INDEX ix_run_label ON run (label);
CREATE INDEX ix_run_started_at ON run (started_at);
CREATE INDEX ix_run_environment_id ON run (environment_id);
CREATE UNIQUE INDEX uq_run_idempotency_key ON run (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX ix_job_schedule ON job (schedule);
CREATE INDEX ix_job_submitted_at ON job (submitted_at);
CREATE INDEX ix_job_status ON job (status);
CREATE INDEX ix_job_run_id ON job (run_id);
CREATE INDEX ix_job_attempt_worker ON job_attempt (worker);
COMMIT;
