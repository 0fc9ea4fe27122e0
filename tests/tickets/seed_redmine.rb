# Seeds a Redmine for the ticket suites: REST on, a project, the custom field that holds the key.
Setting.rest_api_enabled = '1'
admin = User.find_by_login('admin')
admin.must_change_passwd = false
admin.save!
puts "KEY #{admin.api_key}"
Project.find_by_identifier('it') || Project.create!(
  name: 'IT', identifier: 'it', enabled_module_names: ['issue_tracking'], trackers: Tracker.all, is_public: false
)
field = IssueCustomField.find_by_name('deskready_key') || IssueCustomField.create!(
  name: 'deskready_key', field_format: 'string', is_filter: true, searchable: true, is_for_all: true,
  trackers: Tracker.all
)
puts "CF #{field.id}"
